// A program on the client that openapi-generator (go) makes of openapi.json, against the sandbox.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	whatsgate "example.test/whatsgate/client"
)

var checks int

func check(what string, ok bool) {
	if !ok {
		fmt.Fprintln(os.Stderr, "failed:", what)
		os.Exit(1)
	}
	checks++
}

func must[T any](value T, _ any, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
	return value
}

func client(url, key string) (*whatsgate.WhatsgateAPIService, context.Context) {
	configuration := whatsgate.NewConfiguration()
	configuration.Servers = whatsgate.ServerConfigurations{{URL: url}}
	keys := map[string]whatsgate.APIKey{"ApiKey": {Key: key}}
	context := context.WithValue(context.Background(), whatsgate.ContextAPIKeys, keys)
	return whatsgate.NewAPIClient(configuration).WhatsgateAPI, context
}

// The data of an event, as far as they are an object.
func dataOf(event whatsgate.Event) (data whatsgate.EventData) {
	raw, _ := json.Marshal(event.EventData)
	_ = json.Unmarshal(raw, &data)
	return data
}

func isYes(data any) bool {
	return data == true || data == 1.0 || data == "1" || data == "true"
}

func main() {
	api, ctx := client(os.Getenv("WHATSGATE_BASE_URL"), os.Getenv("WHATSGATE_API_KEY"))

	created := must(api.SessionCreate(ctx).SessionCreateRequest(*whatsgate.NewSessionCreateRequest("Go")).Execute())
	check("a new session is pending", created.Data.GetStatus() == "PENDING")
	id := created.Data.UniqueId
	mine := whatsgate.SessionsGetRequest{WhatsappID: &id}
	ready := false
	for tries := 0; tries < 100 && !ready; tries++ {
		page := must(api.SessionsGet(ctx).SessionsGetRequest(mine).Execute())
		ready = page.Data[0].GetStatus() == "READY"
		time.Sleep(20 * time.Millisecond)
	}
	check("the session becomes ready", ready)

	number, body := "79991112233", "Hello from Go"
	message := whatsgate.OutgoingMessage{Body: &body}
	request := whatsgate.NewSendRequest(id, message, whatsgate.Recipient{Number: &number})
	sent := must(api.Send(ctx).SendRequest(*request).Execute())
	text := sent.Result.Message
	check("a sent message is an object", text != nil && strings.HasPrefix(text.Id, "true_"))
	check("a text has the type chat", text.GetType() == "chat" && text.GetBody() == body)
	queue := true
	request.Async = &queue
	queued := must(api.Send(ctx).SendRequest(*request).Execute())
	check("a queued message is a word", queued.Result.String != nil && *queued.Result.String == "OK")

	for _, session := range []string{id, "text-flag"} {
		registered := must(api.Check(ctx).CheckRequest(*whatsgate.NewCheckRequest(session, number)).Execute())
		check("a number is registered", isYes(registered.Data))
	}
	other := must(api.Check(ctx).CheckRequest(*whatsgate.NewCheckRequest(id, "79991110000")).Execute())
	check("another is not", !isYes(other.Data))

	contacts, groups := 0, 0
	for _, chat := range must(api.GetChats(ctx).GetChatsRequest(*whatsgate.NewGetChatsRequest(id)).Execute()).Data {
		if chat.IsGroup {
			groups++
			check("a group has members", len(chat.GetGroupMetadata().Participants) > 0)
		} else {
			contacts++
			check("a contact has no group metadata", chat.GroupMetadata.Get() == nil)
		}
	}
	check("chats are contacts and groups", contacts > 0 && groups > 0)

	newer, _ := client(os.Getenv("NEWER_URL"), os.Getenv("WHATSGATE_API_KEY"))
	events := must(newer.EventsGet(ctx).EventsGetRequest(*whatsgate.NewEventsGetRequest()).Execute()).Data
	check("an event of an unknown kind is read", events[0].GetEventAction() == "call")
	check("its data are kept", dataOf(events[0]).AdditionalProperties["call"] != nil)
	check("the event after it is read", dataOf(events[1]).Message.Get().GetBody() == "212")

	odd := "odd-events"
	events = must(api.EventsGet(ctx).EventsGetRequest(whatsgate.EventsGetRequest{WhatsappID: &odd}).Execute()).Data
	check("odd data lose no event", len(events) == 6)
	for at, event := range events {
		check("every event has its number", event.Id == int64(at+1))
		check("the message is read", (dataOf(event).Message.Get() != nil) == (at == 5))
	}

	request.WhatsappID = "short-error"
	_, response, err := api.Send(ctx).SendRequest(*request).Execute()
	check("an error of one member is an error", err != nil && response.StatusCode == 500)
	model, ok := err.(*whatsgate.GenericOpenAPIError).Model().(whatsgate.ErrorBody)
	check("its message is read", ok && model.GetMessage() == "Something went wrong.")
	request.WhatsappID = "bad-gateway"
	_, response, err = api.Send(ctx).SendRequest(*request).Execute()
	check("a proxy's page is an error", err != nil && response.StatusCode == 502)

	api, ctx = client(os.Getenv("WHATSGATE_BASE_URL"), "wrong")
	_, response, err = api.GetChats(ctx).GetChatsRequest(*whatsgate.NewGetChatsRequest(id)).Execute()
	check("a wrong key is an error", err != nil && response.StatusCode == 401)
	model, ok = err.(*whatsgate.GenericOpenAPIError).Model().(whatsgate.ErrorBody)
	check("the error's name is read", ok && model.GetName() == "Unauthorized")

	fmt.Println("checked:", checks)
}
