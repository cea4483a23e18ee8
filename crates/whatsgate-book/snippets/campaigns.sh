cat > list.csv <<END
phone;name
79991112233;Vasily
79991112244;Anna
END
# ANCHOR: check
whatsgate campaign check list.csv --text "Dear {name}, your order has come"
# ANCHOR_END: check
whatsgate() { if [ "$2" = run ]; then command whatsgate "$@" --yes --no-limits; else command whatsgate "$@"; fi; }
# ANCHOR: run
whatsgate campaign run list.csv --text "Dear {name}, your order has come"
# ANCHOR_END: run
# ANCHOR: status
whatsgate campaign status list
whatsgate campaign pause list      # whichever process sends it
whatsgate campaign resume list
# whatsgate campaign stop list     # takes back what is still queued
# ANCHOR_END: status
whatsgate campaign stop list
[ "$(grep -c ';\?,\?sent' list.report.csv)" = 2 ]
