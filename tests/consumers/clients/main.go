// A program on the Go client generated from openapi.json, against the sandbox.
package main

import (
	"context"
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

	number := whatsgate.NewRecipientByNumber("79991112233")
	body := "Hello from Go"
	request := whatsgate.NewSendRequest(id, whatsgate.OutgoingMessage{Body: &body}, whatsgate.RecipientByNumberAsRecipient(number))
	sent := must(api.Send(ctx).SendRequest(*request).Execute())
	message := sent.Result.Message
	check("a synchronous send returns the message", message != nil && strings.HasPrefix(message.Id, "true_"))
	check("a text has the type chat", message.GetType() == "chat" && message.GetBody() == body)
	queue := true
	request.Async = &queue
	queued := must(api.Send(ctx).SendRequest(*request).Execute())
	check("an asynchronous send returns a word", *queued.Result.String == "OK")

	registered := must(api.Check(ctx).CheckRequest(*whatsgate.NewCheckRequest(id, "79991112233")).Execute())
	check("a number is registered", registered.Data)
	other := must(api.Check(ctx).CheckRequest(*whatsgate.NewCheckRequest(id, "79991110000")).Execute())
	check("another is not", !other.Data)

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
	data := events[0].GetEventData()
	check("its data are kept", data.AdditionalProperties["call"] != nil)
	check("the event after it is read", events[1].GetEventData().Message.Get().GetBody() == "212")

	api, ctx = client(os.Getenv("WHATSGATE_BASE_URL"), "wrong")
	_, response, err := api.GetChats(ctx).GetChatsRequest(*whatsgate.NewGetChatsRequest(id)).Execute()
	check("a wrong key is an error", err != nil && response.StatusCode == 401)
	model, ok := err.(*whatsgate.GenericOpenAPIError).Model().(whatsgate.ErrorBody)
	check("the error's name is read", ok && model.GetName() == "Unauthorized")

	fmt.Println("checked:", checks)
}
