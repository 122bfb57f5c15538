//! What mails say: in French to whoever uses the console in French, in English to everybody else.

use store::user::User;

/// Subject and text of the mail with which an administrator tries whether mails are sent.
pub(super) fn test(to: &User, desk: &str) -> (String, String) {
    let name = &to.firstname;
    if to.locale == "fr" {
        let text = format!(
            "Bonjour {name},\n\nVous avez demandé à {desk} de vous envoyer un e-mail d'essai. Le voici : les e-mails \
             partent, et celui-ci vous est parvenu.\n"
        );
        return (format!("Essai d'envoi de {desk}"), text);
    }
    let text = format!(
        "Hello {name},\n\nYou have asked {desk} to send you a mail to try it out. Here it is: mails are sent, and this one \
         has reached you.\n"
    );
    (format!("Test mail of {desk}"), text)
}

/// Subject and text of the mail with which a user chooses another password.
pub(crate) fn recovery(to: &User, desk: &str, link: &str, minutes: i64) -> (String, String) {
    let name = &to.firstname;
    if to.locale == "fr" {
        let text = format!(
            "Bonjour {name},\n\nQuelqu'un, sans doute vous, a demandé un nouveau mot de passe pour {desk}. Choisissez-le ici ; \
             ce lien sert une seule fois, pendant {minutes} minutes :\n\n{link}\n\nVous serez déconnecté partout \
             ailleurs.\n\nSi ce n'était pas vous, ignorez cet e-mail : rien n'a changé.\n"
        );
        return (format!("Votre mot de passe sur {desk}"), text);
    }
    let text = format!(
        "Hello {name},\n\nSomebody, most likely you, has asked for a new password at {desk}. Choose it here; the link works \
         once, for {minutes} minutes:\n\n{link}\n\nYou are signed out everywhere else then.\n\nIf it was not you, ignore \
         this mail: nothing has changed.\n"
    );
    (format!("Your password at {desk}"), text)
}

/// Subject and text of the mail that tells a user that their second factor was taken away.
pub(crate) fn second_factor_reset(to: &User, by: &str, desk: &str) -> (String, String) {
    let name = &to.firstname;
    if to.locale == "fr" {
        let text = format!(
            "Bonjour {name},\n\n{by} a réinitialisé votre double authentification sur {desk}. Vous avez été déconnecté \
             partout. À la prochaine connexion, votre mot de passe suffit ; activez ensuite de nouveau la double \
             authentification dans vos réglages.\n\nSi vous ne l'avez pas demandé, prévenez un administrateur et changez \
             votre mot de passe.\n"
        );
        return (format!("Votre double authentification sur {desk}"), text);
    }
    let text = format!(
        "Hello {name},\n\n{by} has reset your two-factor sign-in at {desk}. You were signed out everywhere. Your password \
         alone lets you in next time; then turn two-factor on again in your settings.\n\nIf you did not ask for this, tell \
         an administrator and change your password.\n"
    );
    (format!("Your two-factor sign-in at {desk}"), text)
}

/// Subject and text of the mail that tells a user that their second factor was turned on or off.
pub(crate) fn second_factor_changed(to: &User, on: bool, desk: &str) -> (String, String) {
    let name = &to.firstname;
    if to.locale == "fr" {
        let what = if on { "activée" } else { "désactivée" };
        let text = format!(
            "Bonjour {name},\n\nLa double authentification de votre compte sur {desk} vient d'être {what}.\n\nSi ce n'était pas \
             vous, changez votre mot de passe, mettez fin à vos autres sessions dans vos réglages et prévenez un \
             administrateur.\n"
        );
        return (format!("Votre double authentification sur {desk}"), text);
    }
    let what = if on { "on" } else { "off" };
    let text = format!(
        "Hello {name},\n\nTwo-factor sign-in of your account at {desk} has just been turned {what}.\n\nIf it was not you, \
         change your password, end your other sessions in your settings, and tell an administrator.\n"
    );
    (format!("Your two-factor sign-in at {desk}"), text)
}

/// Subject and text of the mail with which a new user sets a first password.
pub(crate) fn invitation(to: &User, from: &str, desk: &str, link: &str, days: i64) -> (String, String) {
    let User { firstname: name, email, .. } = to;
    if to.locale == "fr" {
        let text = format!(
            "Bonjour {name},\n\n{from} vous a créé un compte sur {desk}. Choisissez votre mot de passe ici ; ce lien sert une \
             seule fois, pendant {days} jours :\n\n{link}\n\nConnectez-vous ensuite avec {email}.\n\nSi vous n'attendiez \
             pas cet e-mail, ignorez-le.\n"
        );
        return (format!("{from} vous invite sur {desk}"), text);
    }
    let text = format!(
        "Hello {name},\n\n{from} has made an account for you at {desk}. Choose your password here; the link works once, for \
         {days} days:\n\n{link}\n\nThen sign in with {email}.\n\nIf you did not expect this mail, ignore it.\n"
    );
    (format!("{from} invites you to {desk}"), text)
}
