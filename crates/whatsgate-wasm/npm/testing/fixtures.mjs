// Made from tests/fixtures by `npm run fixtures` in tests/js.

function frozen(value) {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

export const replies = frozen({
  "send": {
    "result": {
      "id": "true_79999999999@c.us_3DB0F5D953FBA2806CB5",
      "ack": 0,
      "hasMedia": false,
      "mediaKey": "",
      "body": "Hello world!",
      "type": "chat",
      "timestamp": 1660217895,
      "from": "79999999999@c.us",
      "to": "79999999999@c.us",
      "isForwarded": false
    }
  },
  "seen": {
    "result": "OK"
  },
  "typing": {
    "result": "OK"
  },
  "check": {
    "result": "OK",
    "data": true
  },
  "get-chats": {
    "result": "OK",
    "data": [
      {
        "id": "79999999999@c.us",
        "name": "+7 999 999-99-99",
        "isGroup": false,
        "isReadOnly": false,
        "unreadCount": 0,
        "timestamp": 1662710454,
        "pinned": false,
        "isMuted": false,
        "muteExpiration": 0
      },
      {
        "id": "4239048293082@g.us",
        "name": "Test group",
        "isGroup": true,
        "isReadOnly": false,
        "unreadCount": 0,
        "timestamp": 1662616476,
        "pinned": false,
        "isMuted": false,
        "muteExpiration": 0,
        "groupMetadata": {
          "id": "4239048293082@g.us",
          "creation": 1658328976,
          "owner": "79999999999@c.us",
          "size": 0,
          "participants": [
            {
              "id": "79999999999@c.us",
              "isAdmin": true,
              "isSuperAdmin": false
            },
            {
              "id": "79991112233@c.us",
              "isAdmin": false,
              "isSuperAdmin": false
            }
          ]
        }
      }
    ]
  },
  "get-messagemedia": {
    "result": "OK",
    "media": {
      "mimetype": "image/jpeg",
      "filename": "image.jpg",
      "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgaPj/HwAEggJ/59habAAAAABJRU5ErkJggg=="
    }
  },
  "get-media": {
    "result": "OK",
    "media": {
      "mimetype": "image/jpeg",
      "filename": "image.jpg",
      "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgaPj/HwAEggJ/59habAAAAABJRU5ErkJggg=="
    }
  },
  "events-get": {
    "result": "OK",
    "pages": 1,
    "elements": 1,
    "page": 1,
    "data": [
      {
        "id": 18,
        "user_id": 1,
        "whatsapp_id": "191b80a9238",
        "event_action": "message",
        "event_date": "2022-09-07 18:29:37",
        "event_data": {
          "message": {
            "_id": "3EB0436AE1E682FF3A37",
            "id": "false_79999999999@c.us_3EB0436AE1E682FF3A37",
            "ack": 1,
            "hasMedia": false,
            "mediaKey": "",
            "body": "212",
            "type": "chat",
            "timestamp": 1662575377,
            "from": "79991112233@c.us",
            "to": "79999999999@c.us",
            "isForwarded": false,
            "from_name": "Vasya"
          }
        }
      }
    ]
  },
  "sessions-get": {
    "result": "OK",
    "pages": 1,
    "elements": 2,
    "page": 1,
    "data": [
      {
        "id": 151,
        "name": "My WhatsApp 1",
        "unique_id": "6345454545454",
        "status": "AUTH",
        "callback": "",
        "date_add": "2022-10-11 19:30:14",
        "status_name": "Authorization",
        "pushname": null,
        "wid": null,
        "qr_link": "https://whatsgate.org/qr/6345454545454"
      },
      {
        "id": 152,
        "name": "My WhatsApp 2",
        "unique_id": "6345454545455",
        "status": "READY",
        "callback": "",
        "date_add": "2022-10-12 10:35:01",
        "status_name": "Working",
        "pushname": "Vasya",
        "wid": "79991234567@c.us",
        "qr_link": ""
      }
    ]
  },
  "session-create": {
    "result": "OK",
    "data": {
      "id": 151,
      "name": "My WhatsApp",
      "unique_id": "6345454545454",
      "status": "PENDING",
      "callback": "https://callback.my/script.handler",
      "date_add": "2022-10-11 19:30:14",
      "qr": null,
      "status_name": "Initialization",
      "pushname": null,
      "wid": null,
      "qr_link": "https://whatsgate.org/qr/6345454545454"
    }
  },
  "session-delete": {
    "result": "OK",
    "data": {
      "id": 456,
      "name": "My Whatsapp",
      "unique_id": "YOUR_WHATSAPP_ID",
      "status": "DESTROYING",
      "callback": null,
      "date_add": "2022-10-12 07:10:49",
      "status_name": "Deleting",
      "pushname": "Vasya",
      "wid": "79991234567@c.us"
    }
  },
  "set-hook": {
    "result": "OK"
  },
  "set-name": {
    "result": "OK"
  }
});

export const events = frozen({
  "message": {
    "id": 18,
    "whatsapp_id": "191b80a9238",
    "event_action": "message",
    "event_date": "2022-09-07 18:29:37",
    "status_code": null,
    "event_data": {
      "message": {
        "_id": "3EB0436AE1E682FF3A37",
        "id": "false_79999999999@c.us_3EB0436AE1E682FF3A37",
        "ack": 1,
        "hasMedia": false,
        "mediaKey": "",
        "body": "212",
        "type": "chat",
        "timestamp": 1662575377,
        "from": "79991112233@c.us",
        "to": "79999999999@c.us",
        "isForwarded": false
      }
    }
  },
  "sent": {
    "id": 20,
    "whatsapp_id": "191b80a9238",
    "event_action": "sent",
    "event_date": "2022-09-07 18:29:37",
    "status_code": null,
    "event_data": {
      "message": {
        "_id": "3DB0F5D953FBA2806CB5",
        "id": "true_79999999999@c.us_3DB0F5D953FBA2806CB5",
        "ack": 0,
        "hasMedia": false,
        "mediaKey": "",
        "body": "Hello world!",
        "type": "chat",
        "timestamp": 1660217895,
        "from": "79999999999@c.us",
        "to": "79999999999@c.us",
        "isForwarded": false
      }
    }
  },
  "ack": {
    "id": 21,
    "whatsapp_id": "191b80a9238",
    "event_action": "ack",
    "event_date": "2022-09-07 18:29:37",
    "status_code": null,
    "event_data": {
      "message": {
        "_id": "3DB0F5D953FBA2806CB5",
        "id": "true_79999999999@c.us_3DB0F5D953FBA2806CB5",
        "ack": 3,
        "hasMedia": false,
        "mediaKey": "",
        "body": "Hello world!",
        "type": "chat",
        "timestamp": 1660217895,
        "from": "79999999999@c.us",
        "to": "79999999999@c.us",
        "isForwarded": false
      }
    }
  },
  "media": {
    "id": 23,
    "whatsapp_id": "191b80a9238",
    "event_action": "media",
    "event_date": "2022-09-07 18:29:37",
    "status_code": null,
    "event_data": {
      "message": {
        "_id": "17AC61BFA5A561B7EE42F98810EDFFC4",
        "id": "false_79999999999@c.us_17AC61BFA5A561B7EE42F98810EDFFC4",
        "ack": 1,
        "hasMedia": true,
        "mediaKey": "TuM9wXQZBmERUCzwnIZe80GwZ5lPDIDsNE+vewnAxho=",
        "body": "",
        "type": "image",
        "timestamp": 1662575377,
        "from": "79991112233@c.us",
        "to": "79999999999@c.us",
        "isForwarded": false
      }
    }
  },
  "create": {
    "id": 22,
    "whatsapp_id": "191b80a9238",
    "event_action": "create",
    "event_date": "2022-09-07 18:29:37",
    "status_code": null,
    "event_data": {
      "message": {
        "_id": "3DB0F5D953FBA2806CB5",
        "id": "true_79999999999@c.us_3DB0F5D953FBA2806CB5",
        "ack": 1,
        "hasMedia": false,
        "mediaKey": "",
        "body": "Hello world!",
        "type": "chat",
        "timestamp": 1660217895,
        "from": "79999999999@c.us",
        "to": "79999999999@c.us",
        "isForwarded": false
      }
    }
  },
  "ready": {
    "id": 19,
    "whatsapp_id": "191b80a9238",
    "event_action": "ready",
    "event_date": "2023-01-01 00:00:00",
    "event_data": {
      "pushname": "Vasya",
      "number": "79991234567"
    }
  },
  "error": {
    "id": 24,
    "whatsapp_id": "191b80a9238",
    "event_action": "error",
    "event_date": "2022-09-07 18:29:37",
    "status_code": 500,
    "event_data": {
      "error": "Evaluation failed: TypeError: Cannot read properties of undefined (reading 'serialize')"
    }
  },
  "disconnect": {
    "id": 25,
    "whatsapp_id": "191b80a9238",
    "event_action": "disconnect",
    "event_date": "2022-09-07 18:29:37",
    "status_code": null,
    "event_data": {
      "reason": "LOGOUT"
    }
  }
});
