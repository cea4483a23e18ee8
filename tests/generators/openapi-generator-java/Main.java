package whatsgate.consumer;

import java.util.List;
import java.util.Map;
import whatsgate.ApiClient;
import whatsgate.ApiException;
import whatsgate.api.WhatsgateApi;
import whatsgate.model.*;

/** A program on the client that openapi-generator (java, library native) makes of openapi.json, against the sandbox. */
public final class Main {
    private static int checks = 0;

    private static void check(String what, boolean ok) {
        if (!ok) {
            throw new AssertionError("failed: " + what);
        }
        checks++;
    }

    private static WhatsgateApi client(String url, String key) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        client.setRequestInterceptor(request -> request.header("X-Api-Key", key));
        return new WhatsgateApi(client);
    }

    /** The data of an event, if they are an object. */
    private static EventData dataOf(Event event) {
        boolean isObject = event.getEventData() instanceof Map;
        return isObject ? ApiClient.createDefaultObjectMapper().convertValue(event.getEventData(), EventData.class) : null;
    }

    private static boolean isRegistered(WhatsgateApi api, String session, String number) throws ApiException {
        Object data = api.check(new CheckRequest().whatsappID(session).number(number)).getData();
        return List.of("true", "1").contains(String.valueOf(data));
    }

    public static void main(String[] arguments) throws Exception {
        String url = System.getenv("WHATSGATE_BASE_URL");
        String key = System.getenv("WHATSGATE_API_KEY");
        WhatsgateApi api = client(url, key);

        Session created = api.sessionCreate(new SessionCreateRequest().name("Java")).getData();
        check("a new session is pending", "PENDING".equals(created.getStatus()));
        String id = created.getUniqueId();
        boolean ready = false;
        for (int tries = 0; tries < 100 && !ready; tries++) {
            SessionPage page = api.sessionsGet(new SessionsGetRequest().whatsappID(id));
            ready = "READY".equals(page.getData().get(0).getStatus());
            Thread.sleep(20);
        }
        check("the session becomes ready", ready);

        SendRequest request = new SendRequest()
            .whatsappID(id)
            .recipient(new Recipient().number("79991112233"))
            .message(new OutgoingMessage().body("Hello from Java"));
        Message message = api.send(request).getResult().getMessage();
        check("a sent message is an object", message.getId().startsWith("true_"));
        check("a text has the type chat", "chat".equals(message.getType()) && "Hello from Java".equals(message.getBody()));
        String word = api.send(request.async(true)).getResult().getString();
        check("a queued message is a word", "OK".equals(word));

        for (String session : List.of(id, "text-flag")) {
            check("a number is registered", isRegistered(api, session, "79991112233"));
        }
        check("another is not", !isRegistered(api, id, "79991110000"));

        int contacts = 0;
        int groups = 0;
        for (Chat chat : api.getChats(new GetChatsRequest().whatsappID(id)).getData()) {
            if (chat.getIsGroup()) {
                groups++;
                check("a group has members", !chat.getGroupMetadata().getParticipants().isEmpty());
            } else {
                contacts++;
                check("a contact has no group metadata", chat.getGroupMetadata() == null);
            }
        }
        check("chats are contacts and groups", contacts > 0 && groups > 0);

        List<Event> events = client(System.getenv("NEWER_URL"), key).eventsGet(new EventsGetRequest()).getData();
        check("an event of an unknown kind is read", "call".equals(events.get(0).getEventAction()));
        check("its data are kept", dataOf(events.get(0)).getAdditionalProperty("call") instanceof Map);
        check("the event after it is read", "212".equals(dataOf(events.get(1)).getMessage().getBody()));

        events = api.eventsGet(new EventsGetRequest().whatsappID("odd-events")).getData();
        check("odd data lose no event", events.size() == 6 && events.get(5).getId() == 6);
        check("the message is read", "212".equals(dataOf(events.get(5)).getMessage().getBody()));
        for (Event event : events.subList(0, 5)) {
            check("others have no message", dataOf(event) == null || dataOf(event).getMessage() == null);
        }

        try {
            api.send(request.whatsappID("short-error"));
            check("an error of one member is an error", false);
        } catch (ApiException error) {
            check("an error of one member is an error", error.getCode() == 500);
            check("its message is read", error.getResponseBody().contains("Something went wrong."));
        }
        try {
            api.send(request.whatsappID("bad-gateway"));
            check("a proxy's page is an error", false);
        } catch (ApiException error) {
            check("a proxy's page is an error", error.getCode() == 502);
        }

        try {
            client(url, "wrong").getChats(new GetChatsRequest().whatsappID(id));
            check("a wrong key is an error", false);
        } catch (ApiException error) {
            check("a wrong key is an error", error.getCode() == 401);
            check("the error's name is read", error.getResponseBody().contains("Unauthorized"));
        }
        System.out.println("checked: " + checks);
    }
}
