package whatsgate.consumer;

import java.util.List;
import java.util.Map;
import whatsgate.ApiClient;
import whatsgate.ApiException;
import whatsgate.api.WhatsgateApi;
import whatsgate.model.*;

/** A program on the Java client generated from openapi.json, against the sandbox. */
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
            .recipient(new Recipient(new RecipientByNumber().number("79991112233")))
            .message(new OutgoingMessage().body("Hello from Java"));
        Message message = api.send(request).getResult().getMessage();
        check("a synchronous send returns the message", message.getId().startsWith("true_"));
        check("a text has the type chat", "chat".equals(message.getType()) && "Hello from Java".equals(message.getBody()));
        String word = api.send(request.async(true)).getResult().getString();
        check("an asynchronous send returns a word", "OK".equals(word));

        check("a number is registered", api.check(new CheckRequest().whatsappID(id).number("79991112233")).getData());
        check("another is not", !api.check(new CheckRequest().whatsappID(id).number("79991110000")).getData());

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
        Object call = events.get(0).getEventData().getAdditionalProperty("call");
        check("its data are kept", call instanceof Map);
        check("the event after it is read", "212".equals(events.get(1).getEventData().getMessage().getBody()));

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
