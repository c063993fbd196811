rule npm_token
{
    meta:
        id          = "npm-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Access token of npm"
        reference   = "https://docs.npmjs.com/about-access-tokens"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/npm-token.sh"
    strings:
        $a = /\bnpm_[A-Za-z0-9]{36}\b/
    condition:
        any of them and filesize < 64MB
}

rule npmrc_token
{
    meta:
        id          = "npmrc-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Token in a configuration of npm"
        reference   = "https://docs.npmjs.com/cli/configuring-npm/npmrc"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/npmrc-token.sh"
    strings:
        $a = /\/\/[a-z0-9.\/-]{4,60}\/:_authToken=[A-Za-z0-9_-]{20,80}/
    condition:
        any of them and filesize < 64MB
}

rule pypi_token
{
    meta:
        id          = "pypi-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Token that uploads to PyPI"
        reference   = "https://pypi.org/help/#apitoken"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pypi-token.sh"
    strings:
        $a = /\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,200}/
    condition:
        any of them and filesize < 64MB
}

rule rubygems_token
{
    meta:
        id          = "rubygems-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "API key of RubyGems"
        reference   = "https://guides.rubygems.org/api-key-scopes/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/rubygems-token.sh"
    strings:
        $a = /\brubygems_[0-9a-f]{48}\b/
    condition:
        any of them and filesize < 64MB
}

rule docker_hub_token
{
    meta:
        id          = "docker-hub-token"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Access token of Docker Hub"
        reference   = "https://docs.docker.com/security/for-developers/access-tokens/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/docker-hub-token.sh"
    strings:
        $a = /\bdckr_pat_[A-Za-z0-9_-]{27}\b/
    condition:
        any of them and filesize < 64MB
}

rule docker_registry_login
{
    meta:
        id          = "docker-registry-login"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Login of a container registry in a configuration of Docker"
        reference   = "https://docs.docker.com/reference/cli/docker/login/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/docker-registry-login.sh"
    strings:
        $a = /"auths":\s*\{/
        $b = /"auth":\s*"[A-Za-z0-9+\/]{8,200}={0,2}"/
    condition:
        all of them and filesize < 64KB
}
