//! The words by which programs for mail lead to what they quote, in the languages that they write.

/// Our own line, above which an answer is asked for: in English, French, German, Spanish and Japanese.
pub const REPLY_ABOVE: [&str; 5] = [
    "— Reply above this line —",
    "— Répondez au-dessus de cette ligne —",
    "— Bitte oberhalb dieser Zeile antworten —",
    "— Responda por encima de esta línea —",
    "— この行より上に返信してください —",
];

/// "Wrote".
const WROTE: [&str; 31] = [
    "wrote",
    "a écrit",
    "schrieb",
    "escribió",
    "書きました",
    "のメール",
    "ha scritto",
    "escreveu",
    "schreef",
    "het volgende geschreven",
    "napisał",
    "pisze",
    "skrev",
    "kirjoitti",
    "napsal",
    "yazdı",
    "şunu yazdı",
    "написал",
    "пишет",
    "написав",
    "пише",
    "작성",
    "写道",
    "寫道",
    "كتب",
    "כתב",
    "írta",
    "a scris",
    "έγραψε",
    "đã viết",
    "menulis",
];

/// How the sentence before a quote begins.
const BEGINNINGS: [&str; 24] = [
    "On ",
    "Le ",
    "Am ",
    "El ",
    "Il ",
    "Em ",
    "Op ",
    "W dniu ",
    "Dnia ",
    "Den ",
    "Dne ",
    "Em ",
    "At ",
    "Il giorno ",
    "Pe ",
    "Στις ",
    "Ngày ",
    "Pada ",
    "في ",
    "ב",
    "Vào ",
    "В ",
    "от ",
    "Il",
];

/// "From", before a name and a colon.
pub(crate) const FROM: &[&str] = &[
    "From",
    "Von",
    "De",
    "差出人",
    "Da",
    "Van",
    "Od",
    "Från",
    "Fra",
    "Lähettäjä",
    "Kimden",
    "Gönderen",
    "От",
    "Від",
    "Від кого",
    "보낸 사람",
    "보낸사람",
    "发件人",
    "寄件者",
    "寄件人",
    "من",
    "מאת",
];

/// "Sent", "Date", "To", "Cc" and "Subject".
pub(crate) const OTHERS: &[&str] = &[
    "Sent",
    "Date",
    "To",
    "Cc",
    "CC",
    "Subject",
    "Gesendet",
    "Datum",
    "An",
    "Betreff",
    "Envoyé",
    "À",
    "A",
    "Objet",
    "Enviado",
    "Enviado el",
    "Fecha",
    "Para",
    "Asunto",
    "送信日時",
    "日時",
    "宛先",
    "件名",
    "Inviato",
    "Data",
    "Oggetto",
    "Enviada em",
    "Assunto",
    "Verzonden",
    "Aan",
    "Onderwerp",
    "Wysłano",
    "Wysłane",
    "Do",
    "Temat",
    "DW",
    "Skickat",
    "Till",
    "Ämne",
    "Kopia",
    "Sendt",
    "Dato",
    "Til",
    "Emne",
    "Lähetetty",
    "Päiväys",
    "Vastaanottaja",
    "Aihe",
    "Odesláno",
    "Komu",
    "Předmět",
    "Gönderilen",
    "Gönderme Tarihi",
    "Tarih",
    "Kime",
    "Konu",
    "Отправлено",
    "Дата",
    "Кому",
    "Тема",
    "Надіслано",
    "보낸 날짜",
    "날짜",
    "받는 사람",
    "받는사람",
    "제목",
    "发送时间",
    "日期",
    "收件人",
    "主题",
    "寄件日期",
    "收件者",
    "主旨",
    "تاريخ",
    "التاريخ",
    "إلى",
    "الموضوع",
    "נשלח",
    "תאריך",
    "אל",
    "נושא",
];

/// "Original message", between dashes.
const ORIGINAL: [&str; 26] = [
    "original message",
    "reply message",
    "message d'origine",
    "message original",
    "ursprüngliche nachricht",
    "originalnachricht",
    "mensaje original",
    "元のメッセージ",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "wiadomość oryginalna",
    "oryginalna wiadomość",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
    "alkuperäinen viesti",
    "původní zpráva",
    "özgün ileti",
    "orijinal mesaj",
    "исходное сообщение",
    "원본 메시지",
    "原始邮件",
    "原始郵件",
    "הודעה מקורית",
    "الرسالة الأصلية",
];

/// "Forwarded message", in some line before the head of what is passed on.
const FORWARDED: [&str; 12] = [
    "forwarded message",
    "begin forwarded",
    "message transféré",
    "début du message",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten",
    "mensaje reenviado",
    "転送された",
    "転送メッセージ",
    "messaggio inoltrato",
    "mensagem encaminhada",
    "doorgestuurd bericht",
];

/// How programs end a mail by themselves.
const SENT_FROM: [&str; 15] = [
    "sent from my ",
    "sent from ",
    "sent via ",
    "get outlook for ",
    "envoyé de mon ",
    "envoyé depuis ",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "enviado desde ",
    "inviato da ",
    "enviado do meu ",
    "verstuurd vanaf ",
    "wysłano z ",
    "skickat från ",
];

/// Whether a line begins with one of these words and a colon.
pub(crate) fn is_label(line: &str, labels: &[&str]) -> bool {
    let line = line.trim_start_matches(['*', '_', ' ']);
    let Some((label, _)) = line.split_once([':', '：']) else { return false };
    let label = label.trim_end_matches(['*', '_', ' ', '\u{a0}', '\u{202f}']);
    label.len() < 40 && labels.contains(&label)
}

pub(crate) fn begins_attribution(line: &str) -> bool {
    BEGINNINGS.iter().any(|word| line.starts_with(word)) || line.starts_with(|c: char| c.is_ascii_digit())
}

pub(crate) fn says_wrote(text: &str) -> bool {
    WROTE.iter().any(|word| text.contains(word))
}

/// Whether a line between dashes leads to an earlier mail.
pub(crate) fn is_original(line: &str) -> bool {
    if !line.starts_with("--") || line.len() > 120 {
        return false;
    }
    let bare = line.trim_matches(['-', ' ']).to_lowercase().replace('’', "'");
    ORIGINAL.contains(&bare.as_str())
}

/// Whether a line leads to a mail that somebody passes on.
pub(crate) fn is_forward(line: &str) -> bool {
    let lower = line.to_lowercase();
    line.len() <= 120 && FORWARDED.iter().any(|words| lower.contains(words))
}

/// Whether a line is what a program says of itself.
pub(crate) fn is_sent_from(line: &str) -> bool {
    if line.len() > 100 {
        return false;
    }
    let lower = line.to_lowercase();
    SENT_FROM.iter().any(|words| lower.starts_with(words)) || lower.ends_with("から送信")
}
