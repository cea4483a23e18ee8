# ANCHOR: serve
whatsgate serve --sandbox --store sqlite:whatsgate.db
# ANCHOR_END: serve
# ANCHOR: token
whatsgate tokens add 1c --store sqlite:whatsgate.db
# ANCHOR_END: token
