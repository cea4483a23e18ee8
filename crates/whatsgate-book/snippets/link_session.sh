# ANCHOR: cli
whatsgate sessions create Shop --wait    # shows what to scan, and ends once the account is linked
whatsgate sessions list
# ANCHOR_END: cli
# ANCHOR: service
curl "http://127.0.0.1:8070/v1/sessions" -H "Authorization: Bearer $TOKEN" -d '{"name": "Shop"}'
# ANCHOR_END: service
until curl "http://127.0.0.1:8070/v1/sessions/$SESSION" -H "Authorization: Bearer $TOKEN" -o session.json; do sleep 0.1; done
