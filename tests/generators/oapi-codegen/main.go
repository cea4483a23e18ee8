// A program on the client that oapi-codegen makes of openapi.json, against the sandbox.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
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

func hello(session string, queue bool) whatsgate.SendRequest {
	number, body := "79991112233", "Hello from oapi-codegen"
	return whatsgate.SendRequest{
		WhatsappID: session,
		Async:      &queue,
		Recipient:  whatsgate.Recipient{Number: &number},
		Message:    whatsgate.OutgoingMessage{Body: &body},
	}
}

// The data of an event, as far as they are an object.
func dataOf(event whatsgate.Event) (data whatsgate.EventData) {
	raw, _ := json.Marshal(event.EventData)
	_ = json.Unmarshal(raw, &data)
	return data
}

func main() {
	key := whatsgate.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		request.Header.Set("X-Api-Key", os.Getenv("WHATSGATE_API_KEY"))
		return nil
	})
	api := must(whatsgate.NewClientWithResponses(os.Getenv("WHATSGATE_BASE_URL"), key))
	ctx := context.Background()
	session := os.Getenv("WHATSGATE_SESSION")

	sent := must(api.SendWithResponse(ctx, hello(session, false)))
	message, err := sent.JSON200.Result.AsMessage()
	check("a sent message is an object", err == nil && strings.HasPrefix(message.Id, "true_"))
	queued := must(api.SendWithResponse(ctx, hello(session, true)))
	word, err := queued.JSON200.Result.AsSendResult1()
	check("a queued message is a word", err == nil && word == "OK")

	odd := "odd-events"
	events := must(api.EventsGetWithResponse(ctx, whatsgate.EventsGetRequest{WhatsappID: &odd})).JSON200.Data
	check("odd data lose no event", len(events) == 6)
	for at, event := range events {
		check("every event has its number", event.Id == int64(at+1))
		check("the message is read", (dataOf(event).Message != nil) == (at == 5))
	}

	short := must(api.SendWithResponse(ctx, hello("short-error", false)))
	check("an error of one member is an error", short.StatusCode() == 500 && short.JSON200 == nil)
	check("its message is read", *short.JSON500.Message == "Something went wrong.")
	proxy := must(api.SendWithResponse(ctx, hello("bad-gateway", false)))
	check("a proxy's page is an error", proxy.StatusCode() == 502 && proxy.JSON200 == nil)

	for _, asked := range []string{session, "text-flag"} {
		request := whatsgate.CheckRequest{WhatsappID: asked, Number: "79991112233"}
		registered := must(api.CheckWithResponse(ctx, request)).JSON200.Data
		check("a number is registered", registered == true || registered == 1.0 || registered == "1")
	}

	fmt.Println("checked:", checks)
}
