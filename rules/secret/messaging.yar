rule twilio_key
{
    meta:
        id          = "twilio-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "API key of Twilio with its account"
        reference   = "https://www.twilio.com/docs/iam/api-keys"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/twilio-key.sh"
    strings:
        $a = /\bSK[0-9a-f]{32}\b/
        $b = /\bAC[0-9a-f]{32}\b/
    condition:
        all of them and filesize < 64MB
}

rule sendgrid_key
{
    meta:
        id          = "sendgrid-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "API key of SendGrid"
        reference   = "https://docs.sendgrid.com/ui/account-and-settings/api-keys"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sendgrid-key.sh"
    strings:
        $a = /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b/
    condition:
        any of them and filesize < 64MB
}

rule mailgun_key
{
    meta:
        id          = "mailgun-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 75
        description = "API key of Mailgun"
        reference   = "https://documentation.mailgun.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mailgun-key.sh"
    strings:
        $a = /\bkey-[0-9a-f]{32}\b/
        $b = "mailgun" nocase
    condition:
        $b and $a and filesize < 64MB
}

rule mailchimp_key
{
    meta:
        id          = "mailchimp-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "API key of Mailchimp"
        reference   = "https://mailchimp.com/developer/marketing/guides/quick-start/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mailchimp-key.sh"
    strings:
        $a = /\b[0-9a-f]{32}-us[0-9]{1,2}\b/
    condition:
        any of them and filesize < 64MB
}

rule telegram_bot_token
{
    meta:
        id          = "telegram-bot-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Token of a Telegram bot"
        reference   = "https://core.telegram.org/bots/api"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/telegram-bot-token.sh"
    strings:
        $a = /\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b/
    condition:
        any of them and filesize < 64MB
}

rule discord_webhook
{
    meta:
        id          = "discord-webhook"
        kind        = "secret"
        severity    = "medium"
        confidence  = 85
        description = "Address by which anyone writes to a Discord channel"
        reference   = "https://discord.com/developers/docs/resources/webhook"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/discord-webhook.sh"
    strings:
        $a = /discord(app)?\.com\/api\/webhooks\/[0-9]{17,20}\/[A-Za-z0-9_-]{60,80}\b/
    condition:
        any of them and filesize < 64MB
}

rule facebook_token
{
    meta:
        id          = "facebook-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Access token of Facebook"
        reference   = "https://developers.facebook.com/docs/facebook-login/guides/access-tokens"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/facebook-token.sh"
    strings:
        $a = /\bEAACEdEose0cBA[A-Za-z0-9]{20,200}/
    condition:
        any of them and filesize < 64MB
}
