// A program on the client that ogen makes of openapi.json, against the sandbox.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"example.test/whatsgate/whatsgate"
)

var checks int

func check(what string, ok bool) {
	if !ok {
		fmt.Fprintln(os.Stderr, "failed:", what)
		os.Exit(1)
	}
	checks++
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
	return value
}

type key struct{}

func (key) ApiKey(context.Context, whatsgate.OperationName) (whatsgate.ApiKey, error) {
	return whatsgate.ApiKey{APIKey: os.Getenv("WHATSGATE_API_KEY")}, nil
}

func hello(session string, queue bool) *whatsgate.SendRequest {
	return &whatsgate.SendRequest{
		WhatsappID: session,
		Async:      whatsgate.NewOptBool(queue),
		Recipient:  whatsgate.Recipient{Number: whatsgate.NewOptString("79991112233")},
		Message:    whatsgate.OutgoingMessage{Body: whatsgate.NewOptString("Hello from ogen")},
	}
}

// The message of an event, if it carries one.
func messageOf(event whatsgate.Event) *whatsgate.Message {
	var data struct{ Message *whatsgate.Message }
	_ = json.Unmarshal(event.EventData, &data)
	return data.Message
}

func main() {
	api := must(whatsgate.NewClient(os.Getenv("WHATSGATE_BASE_URL"), key{}))
	ctx := context.Background()
	session := os.Getenv("WHATSGATE_SESSION")

	sent := must(api.Send(ctx, hello(session, false))).(*whatsgate.SendReply).Result
	check("a sent message is an object", sent.IsMessage() && strings.HasPrefix(sent.Message.ID, "true_"))
	queued := must(api.Send(ctx, hello(session, true))).(*whatsgate.SendReply).Result
	check("a queued message is a word", queued.IsString() && queued.String == "OK")

	odd := whatsgate.EventsGetRequest{WhatsappID: whatsgate.NewOptString("odd-events")}
	events := must(api.EventsGet(ctx, &odd)).(*whatsgate.EventPage).Data
	check("odd data lose no event", len(events) == 6)
	for at, event := range events {
		check("every event has its number", event.ID == int64(at+1))
		check("the message is read", (messageOf(event) != nil) == (at == 5))
	}

	short, isError := must(api.Send(ctx, hello("short-error", false))).(*whatsgate.ErrorStatusCode)
	check("an error of one member is an error", isError && short.StatusCode == 500)
	check("its message is read", short.Response.Message.Value == "Something went wrong.")
	_, err := api.Send(ctx, hello("bad-gateway", false))
	check("a proxy's page is an error", err != nil && strings.Contains(err.Error(), "502"))

	for _, asked := range []string{session, "text-flag"} {
		request := whatsgate.CheckRequest{WhatsappID: asked, Number: "79991112233"}
		registered := string(must(api.Check(ctx, &request)).(*whatsgate.CheckReply).Data)
		check("a number is registered", registered == "true" || registered == "1" || registered == `"1"`)
	}

	fmt.Println("checked:", checks)
}
