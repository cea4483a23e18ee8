curl "$ADMIN/write" -H "X-Api-Key: $WHATSGATE_API_KEY" -H "Content-Type: application/json" \
  -d '{"WhatsappID": "'$SESSION'", "chat": "79991112233@c.us", "message": {"body": "Is it in stock?"}}'
cat > answer.py <<'END'
import json, os, sys
print(json.load(sys.stdin)["event_data"]["message"]["body"], file=open("answered.new", "w"))
os.rename("answered.new", "answered")
END
# What a reader ends with Ctrl+C ends here once the message is handled.
whatsgate() {
  command whatsgate "$@" --store sqlite:cli.db --from 1h &
  until [ -e answered ]; do kill -0 $!; sleep 0.05; done
  kill -INT $!
  wait $!
}
# ANCHOR: exec
whatsgate events --consumer answers --action message --exec "python3 answer.py"
# ANCHOR_END: exec
grep -qx 'Is it in stock?' answered
