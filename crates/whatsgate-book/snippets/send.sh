# ANCHOR: send
whatsgate check 79991112233
whatsgate send 79991112233 "Your order is ready"
whatsgate send 4239048293082@g.us "A group is addressed by its id"
# ANCHOR_END: send

# ANCHOR: gateway
curl "$WHATSGATE_BASE_URL/send" -H "X-Api-Key: $WHATSGATE_API_KEY" -H "Content-Type: application/json" \
  -d '{"WhatsappID": "'$WHATSGATE_SESSION'", "async": false,
       "recipient": {"number": "79991112233"}, "message": {"body": "Hello"}}'
# ANCHOR_END: gateway
