# ANCHOR: serve
whatsgate serve --sandbox --store sqlite:demo.db
# ANCHOR_END: serve
until grep -q Bearer serve.out; do sleep 0.05; done
# ANCHOR: send
TOKEN=$(whatsgate tokens add curl --store sqlite:demo.db | tail -1)
SESSION=901414a5bb5da    # the one in the printed curl
curl "http://127.0.0.1:8070/v1/sessions/$SESSION/messages?wait=30" \
  -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: hello-1" \
  -d '{"recipient": "79991112233", "message": {"body": "Hello from curl"}}'
# ANCHOR_END: send
curl "http://127.0.0.1:8070/v1/messages/hello-1" -H "Authorization: Bearer $TOKEN" | grep -q '"state":"sent"'
page() {
# ANCHOR: events
curl "http://127.0.0.1:8070/v1/events?consumer=demo&start=beginning&wait=5" -H "Authorization: Bearer $TOKEN" | tee page.json
# ANCHOR_END: events
}
until page && grep -q '"lease":"' page.json; do sleep 0.05; done
# ANCHOR: ack
LEASE=$(grep -o '"lease":"[^"]*"' page.json | cut -d '"' -f 4)
POSITION=$(grep -o '"position":[0-9]*' page.json | tail -1 | cut -d : -f 2)
curl "http://127.0.0.1:8070/v1/events/ack" -H "Authorization: Bearer $TOKEN" \
  -d '{"consumer": "demo", "lease": "'$LEASE'", "position": '$POSITION'}'
# ANCHOR_END: ack
