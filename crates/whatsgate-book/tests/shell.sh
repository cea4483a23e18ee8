# Is read by bash before a snippet. What a reader leaves running in another terminal runs in the background, and ends with the snippet.

whatsgate() {
  case "$1" in
    serve | sandbox)
      command whatsgate "$@" >"$1.out" 2>&1 &
      running+=($!)
      until grep -q 'Ctrl+C ends it' "$1.out"; do
        kill -0 "${running[-1]}" || { cat "$1.out" >&2; exit 1; }
        sleep 0.05
      done
      ;;
    *) command whatsgate "$@" ;;
  esac
}

# A person sees that an answer is a refusal; here it ends the snippet.
curl() { command curl --silent --show-error --fail-with-body "$@"; }

running=()
trap 'if ((${#running[@]})); then kill "${running[@]}" && wait; fi' EXIT
