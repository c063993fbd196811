rule stripe_live_key
{
    meta:
        id          = "stripe-live-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Secret key of Stripe for real payments"
        reference   = "https://docs.stripe.com/keys"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/stripe-live-key.sh"
    strings:
        $a = /\b(sk|rk)_live_[0-9A-Za-z]{24,99}\b/
    condition:
        any of them and filesize < 64MB
}

rule square_token
{
    meta:
        id          = "square-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Access token of Square"
        reference   = "https://developer.squareup.com/docs/build-basics/access-tokens"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/square-token.sh"
    strings:
        $a = /\bsq0atp-[0-9A-Za-z_-]{22}\b/
        $b = /\bsq0csp-[0-9A-Za-z_-]{43}\b/
    condition:
        any of them and filesize < 64MB
}

rule braintree_token
{
    meta:
        id          = "braintree-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Access token of PayPal Braintree"
        reference   = "https://developer.paypal.com/braintree/docs"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/braintree-token.sh"
    strings:
        $a = /access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}\b/
    condition:
        any of them and filesize < 64MB
}

rule shopify_token
{
    meta:
        id          = "shopify-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Access token of Shopify"
        reference   = "https://shopify.dev/docs/apps/auth"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/shopify-token.sh"
    strings:
        $a = /\bshp(at|ca|pa|ss)_[0-9a-fA-F]{32}\b/
    condition:
        any of them and filesize < 64MB
}
