echo "date;total" > report.csv
# ANCHOR: cli
whatsgate send 79991112233 --file report.csv "The report of May"
gzip < report.csv | whatsgate send 79991112233 --file - --name report.csv.gz
# ANCHOR_END: cli
# ANCHOR: service
curl "http://127.0.0.1:8070/v1/sessions/$SESSION/messages?wait=30" \
  -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: report-may" \
  -F 'request={"recipient": "79991112233", "message": {"body": "The report of May"}};type=application/json' \
  -F file=@report.csv
# ANCHOR_END: service
MESSAGE=$(curl "http://127.0.0.1:8070/v1/messages/report-may" -H "Authorization: Bearer $TOKEN" | grep -o 'true_[^"]*')
# ANCHOR: save
curl "http://127.0.0.1:8070/v1/sessions/$SESSION/media/$MESSAGE" -H "Authorization: Bearer $TOKEN" -o copy.csv
# ANCHOR_END: save
cmp report.csv copy.csv
