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

rule gitlab_token
{
    meta:
        id          = "gitlab-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Access token of GitLab"
        reference   = "https://docs.gitlab.com/ee/security/tokens/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gitlab-token.sh"
    strings:
        $a = /\bglpat-[A-Za-z0-9_-]{20}\b/
    condition:
        any of them and filesize < 64MB
}

rule gitlab_runner_token
{
    meta:
        id          = "gitlab-runner-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Token by which a GitLab runner registers"
        reference   = "https://docs.gitlab.com/ee/security/tokens/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gitlab-runner-token.sh"
    strings:
        $a = /\b(glrt|GR1348941)-?[A-Za-z0-9_-]{20}\b/
    condition:
        any of them and filesize < 64MB
}

rule slack_token
{
    meta:
        id          = "slack-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Token of Slack"
        reference   = "https://api.slack.com/authentication/token-types"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/slack-token.sh"
    strings:
        $a = /\bxox[bpars]-[0-9]{10,13}-[0-9A-Za-z-]{20,80}\b/
    condition:
        any of them and filesize < 64MB
}

rule slack_webhook
{
    meta:
        id          = "slack-webhook"
        kind        = "secret"
        severity    = "medium"
        confidence  = 85
        description = "Address by which anyone writes to a Slack channel"
        reference   = "https://api.slack.com/messaging/webhooks"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/slack-webhook.sh"
    strings:
        $a = /hooks\.slack\.com\/services\/T[A-Z0-9]{8,10}\/B[A-Z0-9]{8,10}\/[A-Za-z0-9]{24}\b/
    condition:
        any of them and filesize < 64MB
}

rule google_oauth_secret
{
    meta:
        id          = "google-oauth-secret"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Client secret of Google OAuth"
        reference   = "https://developers.google.com/identity/protocols/oauth2"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/google-oauth-secret.sh"
    strings:
        $a = /\bGOCSPX-[A-Za-z0-9_-]{28}\b/
    condition:
        any of them and filesize < 64MB
}

rule google_service_account
{
    meta:
        id          = "google-service-account"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Key file of a Google service account"
        reference   = "https://cloud.google.com/iam/docs/keys-create-delete"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/google-service-account.sh"
    strings:
        $a = /"type":\s*"service_account"/
        $b = /"private_key_id":\s*"[0-9a-f]{40}"/
    condition:
        all of them and filesize < 64MB
}

rule azure_storage_key
{
    meta:
        id          = "azure-storage-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Connection string of Azure storage with its key"
        reference   = "https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/azure-storage-key.sh"
    strings:
        $a = /AccountName=[a-z0-9]{3,24};AccountKey=[A-Za-z0-9+\/]{86}==/
    condition:
        any of them and filesize < 64MB
}

rule azure_shared_access_signature
{
    meta:
        id          = "azure-shared-access-signature"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Shared access key of Azure IoT Hub or Service Bus"
        reference   = "https://learn.microsoft.com/azure/iot-hub/iot-hub-dev-guide-sas"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/azure-shared-access-signature.sh"
    strings:
        $a = /(HostName|Endpoint)=[A-Za-z0-9.:\/-]{8,80};(SharedAccessKeyName=[A-Za-z]{3,40};)?(DeviceId=[A-Za-z0-9_-]{1,64};)?SharedAccessKey=[A-Za-z0-9+\/]{43}=/
    condition:
        any of them and filesize < 64MB
}

rule azure_client_secret
{
    meta:
        id          = "azure-client-secret"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Client secret of Microsoft Entra"
        reference   = "https://learn.microsoft.com/entra/identity-platform"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/azure-client-secret.sh"
    strings:
        $a = /\b[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}\b/
    condition:
        any of them and filesize < 64MB
}

rule digitalocean_token
{
    meta:
        id          = "digitalocean-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Token of DigitalOcean"
        reference   = "https://docs.digitalocean.com/reference/api/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/digitalocean-token.sh"
    strings:
        $a = /\bdo[opr]_v1_[0-9a-f]{64}\b/
    condition:
        any of them and filesize < 64MB
}

rule terraform_token
{
    meta:
        id          = "terraform-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Token of Terraform Cloud"
        reference   = "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/terraform-token.sh"
    strings:
        $a = /\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}\b/
    condition:
        any of them and filesize < 64MB
}

rule vault_token
{
    meta:
        id          = "vault-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Token of HashiCorp Vault"
        reference   = "https://developer.hashicorp.com/vault/docs/concepts/tokens"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/vault-token.sh"
    strings:
        $a = /\bhvs\.[A-Za-z0-9_-]{90,120}\b/
    condition:
        any of them and filesize < 64MB
}

rule databricks_token
{
    meta:
        id          = "databricks-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Token of Databricks"
        reference   = "https://docs.databricks.com/dev-tools/auth/pat.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/databricks-token.sh"
    strings:
        $a = /\bdapi[0-9a-f]{32}\b/
    condition:
        any of them and filesize < 64MB
}

rule atlassian_token
{
    meta:
        id          = "atlassian-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "API token of Atlassian"
        reference   = "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/atlassian-token.sh"
    strings:
        $a = /\bATATT3xFfGF0[A-Za-z0-9_=-]{150,220}/
    condition:
        any of them and filesize < 64MB
}

rule bitbucket_app_password
{
    meta:
        id          = "bitbucket-app-password"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "App password of Bitbucket"
        reference   = "https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/bitbucket-app-password.sh"
    strings:
        $a = /\bATBB[A-Za-z0-9]{24}[0-9A-F]{8}\b/
    condition:
        any of them and filesize < 64MB
}

rule new_relic_key
{
    meta:
        id          = "new-relic-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "User key of New Relic"
        reference   = "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/new-relic-key.sh"
    strings:
        $a = /\bNRAK-[A-Z0-9]{27}\b/
    condition:
        any of them and filesize < 64MB
}

rule grafana_token
{
    meta:
        id          = "grafana-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Service account token of Grafana"
        reference   = "https://grafana.com/docs/grafana/latest/administration/service-accounts/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/grafana-token.sh"
    strings:
        $a = /\bglsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b/
    condition:
        any of them and filesize < 64MB
}

rule sentry_token
{
    meta:
        id          = "sentry-token"
        kind        = "secret"
        severity    = "medium"
        confidence  = 80
        description = "Token of Sentry"
        reference   = "https://docs.sentry.io/account/auth-tokens/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sentry-token.sh"
    strings:
        $a = /\bsntry[su]_[A-Za-z0-9+\/=_]{60,200}/
    condition:
        any of them and filesize < 64MB
}

rule openai_key
{
    meta:
        id          = "openai-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "API key of OpenAI"
        reference   = "https://platform.openai.com/docs/api-reference/authentication"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/openai-key.sh"
    strings:
        $a = /\bsk-[A-Za-z0-9_-]{20,74}T3BlbkFJ[A-Za-z0-9_-]{20,74}\b/
    condition:
        any of them and filesize < 64MB
}

rule anthropic_key
{
    meta:
        id          = "anthropic-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "API key of Anthropic"
        reference   = "https://docs.anthropic.com/en/api/getting-started"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/anthropic-key.sh"
    strings:
        $a = /\bsk-ant-(api|admin)[0-9]{2}-[A-Za-z0-9_-]{80,110}/
    condition:
        any of them and filesize < 64MB
}

rule hugging_face_token
{
    meta:
        id          = "hugging-face-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Token of Hugging Face"
        reference   = "https://huggingface.co/docs/hub/security-tokens"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hugging-face-token.sh"
    strings:
        $a = /\bhf_[A-Za-z]{34}\b/
    condition:
        any of them and filesize < 64MB
}

rule alibaba_access_key
{
    meta:
        id          = "alibaba-access-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 75
        description = "Access key of Alibaba Cloud"
        reference   = "https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/alibaba-access-key.sh"
    strings:
        $a = /\bLTAI[A-Za-z0-9]{12,20}\b/
        $b = /access_?key_?secret["\x27]?\s{0,4}[=:]\s{0,4}["\x27]?[A-Za-z0-9]{30}\b/ nocase
    condition:
        all of them and filesize < 64MB
}

rule tencent_secret_id
{
    meta:
        id          = "tencent-secret-id"
        kind        = "secret"
        severity    = "high"
        confidence  = 75
        description = "Secret identifier of Tencent Cloud with its key"
        reference   = "https://www.tencentcloud.com/document/product/598"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tencent-secret-id.sh"
    strings:
        $a = /\bAKID[A-Za-z0-9]{32}\b/
        $b = /secret_?key["\x27]?\s{0,4}[=:]\s{0,4}["\x27]?[A-Za-z0-9]{32}\b/ nocase
    condition:
        all of them and filesize < 64MB
}

rule yandex_cloud_key
{
    meta:
        id          = "yandex-cloud-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "API key of Yandex Cloud"
        reference   = "https://yandex.cloud/en/docs/iam/concepts/authorization/api-key"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/yandex-cloud-key.sh"
    strings:
        $a = /\bAQVN[A-Za-z0-9_-]{35,38}\b/
    condition:
        any of them and filesize < 64MB
}

rule heroku_key
{
    meta:
        id          = "heroku-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "API key of Heroku"
        reference   = "https://devcenter.heroku.com/articles/authentication"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/heroku-key.sh"
    strings:
        $a = /heroku[a-z_ .-]{0,20}key["\x27]?\s{0,4}[=:]\s{0,4}["\x27]?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/ nocase
    condition:
        any of them and filesize < 64MB
}

rule json_web_token
{
    meta:
        id          = "json-web-token"
        kind        = "secret"
        severity    = "low"
        confidence  = 60
        description = "JSON web token: what it lets do depends on its age"
        reference   = "RFC 7519"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/json-web-token.sh"
    strings:
        $a = /\beyJhbGciOi[A-Za-z0-9_-]{10,200}\.eyJ[A-Za-z0-9_-]{20,2000}\.[A-Za-z0-9_-]{40,}/
    condition:
        any of them and filesize < 64MB
}

rule kubernetes_client_key
{
    meta:
        id          = "kubernetes-client-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Client key of a Kubernetes configuration"
        reference   = "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/kubernetes-client-key.sh"
    strings:
        $a = /client-key-data:\s*LS0tLS1CRUdJTi[A-Za-z0-9+\/=]{40,}/
    condition:
        any of them and filesize < 1MB
}

rule aws_iot_endpoint
{
    meta:
        id          = "aws-iot-endpoint"
        kind        = "secret"
        severity    = "low"
        confidence  = 60
        description = "Endpoint of AWS IoT of one account"
        reference   = "https://docs.aws.amazon.com/iot/latest/developerguide/iot-connect-devices.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/aws-iot-endpoint.sh"
    strings:
        $a = /\ba[a-z0-9]{12,14}-ats\.iot\.[a-z]{2}-[a-z]+-[0-9]\.amazonaws\.com\b/
    condition:
        any of them and filesize < 64MB
}

rule firebase_messaging_key
{
    meta:
        id          = "firebase-messaging-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Server key of Firebase messaging"
        reference   = "https://firebase.google.com/docs/cloud-messaging/auth-server"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/firebase-messaging-key.sh"
    strings:
        $a = /\bAAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{134}\b/
    condition:
        any of them and filesize < 64MB
}
