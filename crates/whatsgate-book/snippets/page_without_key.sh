# ANCHOR: token
curl "http://127.0.0.1:8070/v1/relay-tokens" -H "Authorization: Bearer $TOKEN" \
  -d '{"session": "'$SESSION'", "commands": ["send", "events-get"], "chats": ["79991112233"],
       "sends": 5, "renewable_for": 3600, "subject": "visitor 17"}'
# ANCHOR_END: token
# ANCHOR: revoke
curl -X DELETE "http://127.0.0.1:8070/v1/relay-tokens?subject=visitor%2017" -H "Authorization: Bearer $TOKEN"
# ANCHOR_END: revoke
