//! What everything is, in Russian: the texts of `x-1c-description`.

/// What a definition is.
#[rustfmt::skip]
pub const DEFINITIONS: &[(&str, &str)] = &[
    ("Acknowledgement", "Подтверждение события: ответ на вебхук. Отправляется только после того, как событие обработано."),
    ("Chat", "Чат с контактом или с группой; с кем именно, говорит isGroup."),
    ("CheckReply", "Ответ на check. Ответ без data — ошибка, а не «нет»."),
    ("ContactChat", "Чат с контактом."),
    ("Disconnect", "Данные события disconnect."),
    ("DoneReply", "Ответ команд, которые больше ничего не возвращают. Без слова OK команда не выполнена."),
    ("ErrorBody", "Тело ошибки. Ни одного поля может не быть; решает состояние HTTP, а не тело."),
    ("ErrorReport", "Данные события error."),
    ("Event", "Событие: что произошло в сессии. Вид события — в event_action; подтверждать надо события любого вида."),
    ("EventData", "Данные события, если это объект."),
    ("EventPage", "Страница списка событий."),
    ("GetChatsReply", "Ответ на get-chats."),
    ("GetMediaReply", "Ответ на get-media и get-messagemedia."),
    ("GroupChat", "Чат с группой."),
    ("GroupMetadata", "Сведения о группе."),
    ("Media", "Файл из сообщения."),
    ("Message", "Сообщение. Всегда есть только id."),
    ("MessageData", "Данные события о сообщении."),
    ("OtherEvent", "Событие незнакомого вида. Подтвердите его, как любое другое."),
    ("OutgoingMedia", "Файл, который отправляют. Нужны все три поля."),
    ("OutgoingMessage", "Сообщение, которое отправляют: текст в body или файл в media, тогда body — подпись."),
    ("Participant", "Участник группы."),
    ("Ready", "Данные события ready."),
    ("Recipient", "Получатель: по идентификатору или по номеру. Укажите одно из двух: id или number."),
    ("RecipientById", "Получатель по идентификатору WhatsApp."),
    ("RecipientByNumber", "Получатель по номеру."),
    ("SendReply", "Ответ на send."),
    ("SendResult", "Что стало с сообщением. Объект — отправленное сообщение; строка OK — оно принято в очередь, и это не ошибка."),
    ("Session", "Сессия. Всегда есть только unique_id."),
    ("SessionDeleteReply", "Ответ на session-delete."),
    ("SessionPage", "Страница списка сессий."),
    ("SessionReply", "Ответ на session-create."),
    ("SetNameReply", "Ответ на set-name."),
];

/// What a command does.
#[rustfmt::skip]
pub const COMMANDS: &[(&str, &str)] = &[
    ("send", "Отправляет сообщение. После ошибки 500, 502 и 504, обрыва связи и истечения времени неизвестно, ушло ли оно: \
        не повторяйте вслепую."),
    ("seen", "Помечает последние сообщения чата прочитанными."),
    ("typing", "Показывает получателю 15 секунд, что ему пишут."),
    ("check", "Узнаёт, зарегистрирован ли номер в WhatsApp."),
    ("get-chats", "Возвращает все чаты сессии."),
    ("get-media", "Возвращает файл по ключу. Устарела: есть get-messagemedia."),
    ("get-messagemedia", "Возвращает файл сообщения."),
    ("events-get", "Возвращает прошедшие события постранично."),
    ("session-create", "Создаёт сессию и начинает привязку аккаунта. Не повторяйте вслепую после ошибки."),
    ("session-delete", "Завершает авторизацию, удаляет одну сессию с её данными и освобождает место в тарифе."),
    ("sessions-get", "Возвращает действующие сессии постранично."),
    ("set-name", "Меняет имя сессии."),
    ("set-hook", "Задаёт или убирает адрес, на который отправляются события сессии."),
];

/// When an event comes.
#[rustfmt::skip]
pub const EVENTS: &[(&str, &str)] = &[
    ("message", "Пришло сообщение."),
    ("sent", "Сообщение из очереди отправлено."),
    ("ack", "Изменилось состояние доставки сообщения."),
    ("media", "Пришёл файл."),
    ("create", "Ушло сообщение."),
    ("ready", "Сессия привязана и готова к работе."),
    ("error", "Произошла ошибка."),
    ("disconnect", "WhatsApp отключил сессию, и её больше нет."),
];

/// What a member is wherever it stands, unless [`MEMBERS_OF`] says otherwise.
#[rustfmt::skip]
const MEMBERS: &[(&str, &str)] = &[
    ("MessageID", "длинный идентификатор сообщения"),
    ("WhatsappID", "идентификатор сессии"),
    ("_id", "короткий идентификатор: последняя часть id"),
    ("ack", "состояние доставки: прочитано, начиная с 3"),
    ("action", "только события этого вида"),
    ("async", "ждать только постановки в очередь"),
    ("auth_type", "способ привязки: CODE — по коду, без него — по QR-коду"),
    ("author", "кто написал в группе; сервисом не подтверждено"),
    ("body", "текст"),
    ("callback", "адрес вебхука"),
    ("code", "код для привязки, если сессия создана с auth_type CODE"),
    ("creation", "когда создано, секунды Unix"),
    ("data", "содержимое"),
    ("date", "события начиная с этой даты, ГГГГ-ММ-ДД ЧЧ:ММ:СС"),
    ("date_add", "когда создана"),
    ("elements", "сколько элементов на всех страницах"),
    ("error", "что случилось"),
    ("event_action", "вид события"),
    ("event_data", "данные"),
    ("event_date", "дата"),
    ("filename", "имя файла"),
    ("filesize", "размер файла, видимо в байтах"),
    ("from", "идентификатор отправителя"),
    ("from_name", "имя отправителя"),
    ("groupMetadata", "сведения о группе"),
    ("hasMedia", "есть ли файл"),
    ("id", "идентификатор"),
    ("isAdmin", "администратор"),
    ("isForwarded", "переслано"),
    ("isGroup", "группа ли это"),
    ("isMuted", "без звука"),
    ("isReadOnly", "только чтение"),
    ("isSuperAdmin", "главный администратор"),
    ("media", "файл"),
    ("mediaKey", "ключ файла"),
    ("message", "сообщение"),
    ("mimetype", "тип MIME"),
    ("muteExpiration", "насколько выключен звук"),
    ("name", "имя"),
    ("number", "номер"),
    ("owner", "идентификатор владельца"),
    ("page", "номер страницы, с 1"),
    ("page_cnt", "сколько элементов на странице"),
    ("pages", "сколько страниц"),
    ("participants", "участники"),
    ("pinned", "закреплён"),
    ("pushname", "имя аккаунта в WhatsApp"),
    ("qr", "QR-код"),
    ("qr_link", "страница с QR-кодом"),
    ("quote", "идентификатор сообщения, на которое отвечают"),
    ("reason", "причина"),
    ("recipient", "получатель"),
    ("result", "слово шлюза: OK"),
    ("size", "число участников, ненадёжно"),
    ("status", "состояние"),
    ("status_code", "код состояния"),
    ("status_name", "название состояния"),
    ("timestamp", "когда создано, секунды Unix"),
    ("to", "идентификатор получателя"),
    ("type", "тип"),
    ("unique_id", "уникальный идентификатор, `WhatsappID` в командах"),
    ("unreadCount", "сколько непрочитанных сообщений"),
    ("user_id", "номер пользователя, только в events-get"),
    ("whatsapp_id", "идентификатор сессии"),
    ("wid", "идентификатор аккаунта в WhatsApp"),
];

/// What a member is in a definition where it is something of its own.
#[rustfmt::skip]
const MEMBERS_OF: &[(&str, &str, &str)] = &[
    ("Acknowledgement", "id", "номер события"),
    ("CheckReply", "data", "зарегистрирован ли номер: true или false; «да» — также 1 и \"1\", «нет» — 0 и \"0\""),
    ("ContactChat", "timestamp", "последняя активность, секунды Unix"),
    ("ErrorBody", "code", "номер ошибки, известен только 0; бывает строкой"),
    ("ErrorBody", "message", "ошибка словами, по-русски или по-английски"),
    ("ErrorBody", "name", "вид ошибки, например Unauthorized"),
    ("ErrorBody", "status", "состояние HTTP ещё раз; бывает строкой"),
    ("EventPage", "data", "события"),
    ("GetChatsReply", "data", "чаты"),
    ("GroupChat", "timestamp", "последняя активность, секунды Unix"),
    ("OutgoingMedia", "data", "содержимое в Base64, одной строкой"),
    ("OutgoingMessage", "body", "текст или подпись к файлу"),
    ("Media", "data", "содержимое в Base64, одной строкой"),
    ("Ready", "number", "номер телефона аккаунта"),
    ("RecipientById", "id", "идентификатор: номер@c.us для контакта, номер@g.us для группы"),
    ("RecipientByNumber", "type", "группа ли это: `Истина` — `\"group\"`, `Ложь` — `\"contact\"`"),
    ("SendReply", "result", "сообщение или строка OK, если оно принято в очередь; и то и другое — успех"),
    ("SessionCreateRequest", "number", "телефон, который привязывают; нужен с auth_type CODE"),
    ("SessionDeleteReply", "data", "удалённая сессия"),
    ("SessionPage", "data", "сессии"),
    ("SessionReply", "data", "сессия"),
    ("SessionsGetRequest", "status", "только сессии в этом состоянии"),
];

/// What a definition is, other than a command's request or an event.
pub(crate) fn definition(name: &str) -> Option<&'static str> {
    find(DEFINITIONS, name)
}

/// What a command does.
pub(crate) fn command(name: &str) -> Option<&'static str> {
    find(COMMANDS, name)
}

/// When an event comes.
pub(crate) fn event(action: &str) -> Option<&'static str> {
    find(EVENTS, action)
}

/// What a member of a definition is.
pub fn member(definition: &str, name: &str) -> Option<&'static str> {
    let own = MEMBERS_OF.iter().find(|(of, member, _)| *of == definition && *member == name);
    own.map(|(_, _, text)| *text).or_else(|| find(MEMBERS, name))
}

fn find(texts: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    texts.iter().find(|(of, _)| *of == name).map(|(_, text)| *text)
}
