// The adapter of the client that oapi-codegen makes of openapi.json.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"example.test/whatsgate/whatsgate"
)

type object = map[string]any

type question struct {
	Id                                int
	BaseUrl, ApiKey, Session, Command string
	Arguments                         object
	TimeoutMs                         int
}

// Calls the method of a command, such as GetChatsWithResponse of get-chats, with its request.
func call(api *whatsgate.ClientWithResponses, command string, text []byte) (reflect.Value, error) {
	name := ""
	for _, word := range strings.Split(command, "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	method := reflect.ValueOf(api).MethodByName(name + "WithResponse")
	request := reflect.New(method.Type().In(1))
	if err := json.Unmarshal(text, request.Interface()); err != nil {
		return reflect.Value{}, err
	}
	returned := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), request.Elem()})
	err, _ := returned[1].Interface().(error)
	return returned[0], err
}

var parts = map[string]string{"send": "result", "get-media": "media", "get-messagemedia": "media", "check": "data",
	"get-chats": "data", "session-create": "data", "session-delete": "data"}

func answer(ask question) object {
	failed := func(err error) object { return object{"id": ask.Id, "error": object{"kind": err.Error()}} }
	if ask.Command == "webhook" {
		var event whatsgate.Event
		if err := json.Unmarshal([]byte(ask.Arguments["body"].(string)), &event); err != nil {
			return failed(err)
		}
		return object{"id": ask.Id, "result": event}
	}
	http := &http.Client{Timeout: time.Duration(ask.TimeoutMs) * time.Millisecond}
	api, err := whatsgate.NewClientWithResponses(ask.BaseUrl, whatsgate.WithHTTPClient(http), withKey(ask.ApiKey))
	if err != nil {
		return failed(err)
	}
	if ask.Command != "session-create" && ask.Command != "sessions-get" {
		ask.Arguments["WhatsappID"] = ask.Session
	}
	text, _ := json.Marshal(ask.Arguments)
	reply, err := call(api, ask.Command, text)
	if err != nil {
		return failed(err)
	}
	fields := reply.Elem()
	raw, read := string(fields.FieldByName("Body").Bytes()), fields.FieldByName("JSON200")
	status := reply.Interface().(interface{ StatusCode() int }).StatusCode()
	if read.IsNil() {
		return object{"id": ask.Id, "error": object{"kind": "no success", "status": status, "raw": raw}}
	}
	// What the client made of the reply, as JSON again.
	var result any
	shown, _ := json.Marshal(read.Interface())
	_ = json.Unmarshal(shown, &result)
	if part := parts[ask.Command]; part != "" {
		result = result.(object)[part]
	}
	return object{"id": ask.Id, "result": result, "raw": raw}
}

func withKey(key string) whatsgate.ClientOption {
	return whatsgate.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		request.Header.Set("X-Api-Key", key)
		return nil
	})
}

func main() {
	var lock sync.Mutex
	output := json.NewEncoder(os.Stdout)
	_ = output.Encode(object{"protocol": 1, "client": "oapi-codegen 2.8.2", "parallel": 16, "commands": []string{
		"send", "seen", "typing", "check", "get-chats", "get-media", "get-messagemedia", "events-get", "session-create",
		"session-delete", "sessions-get", "set-name", "set-hook", "webhook"}})
	input := bufio.NewReader(os.Stdin)
	for line, err := input.ReadBytes('\n'); err == nil; line, err = input.ReadBytes('\n') {
		var ask question
		_ = json.Unmarshal(line, &ask)
		go func() {
			said := answer(ask)
			lock.Lock()
			defer lock.Unlock()
			_ = output.Encode(said)
		}()
	}
}
