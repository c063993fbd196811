rule aws_access_key
{
    meta:
        id          = "aws-access-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Access key of Amazon Web Services with its secret"
        reference   = "CWE-798"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/aws-access-key.txt"
    strings:
        $id      = /\b(AKIA|ASIA)[A-Z2-7]{16}\b/
        $secret  = /aws_?secret_?(access_?)?key["\x27]?\s{0,4}[=:]\s{0,4}["\x27]?[A-Za-z0-9\/+]{40}\b/ nocase
        $example = "EXAMPLE"
    condition:
        $id and $secret and not $example and filesize < 64MB
}

rule github_token
{
    meta:
        id          = "github-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Access token of GitHub"
        reference   = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/github-token.sh"
    strings:
        $token = /\b(ghp|gho|ghs|ghr)_[A-Za-z0-9]{36}\b/
        $fine  = /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/
    condition:
        any of them and filesize < 64MB
}

rule google_api_key
{
    meta:
        id          = "google-api-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "API key of Google services"
        reference   = "https://cloud.google.com/docs/authentication/api-keys"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/google-api-key.sh"
    strings:
        $key = /\bAIza[0-9A-Za-z_-]{35}\b/
    condition:
        $key and filesize < 64MB
}
