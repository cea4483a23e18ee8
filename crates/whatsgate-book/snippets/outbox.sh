send() {
# ANCHOR: service
curl "http://127.0.0.1:8070/v1/sessions/$SESSION/messages?wait=30" \
  -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: order-17" \
  -d '{"recipient": "79991112233", "message": {"body": "Your order is ready"}}'
# ANCHOR_END: service
}
[ "$(send)" = "$(send)" ]
# ANCHOR: show
curl "http://127.0.0.1:8070/v1/messages/order-17?wait=30&until=delivered" -H "Authorization: Bearer $TOKEN"
curl "http://127.0.0.1:8070/v1/messages?state=unknown" -H "Authorization: Bearer $TOKEN"
# ANCHOR_END: show
# ANCHOR: cli
whatsgate send 79991112233 --key order-18 "Your order is ready"    # run it again whenever in doubt
whatsgate outbox list --state unknown
whatsgate outbox show order-18
# ANCHOR_END: cli
