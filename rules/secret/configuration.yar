rule address_with_password
{
    meta:
        id          = "address-with-password"
        kind        = "secret"
        severity    = "low"
        confidence  = 70
        description = "Address that carries a password"
        reference   = "RFC 3986, section 7.5"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/address-with-password.sh"
    strings:
        $a = /\b(ftp|https?|mqtts?|amqps?|rtsp|smb):\/\/[a-z][a-z0-9_.-]{1,30}:[A-Za-z0-9!#$%&*+.=_-]{6,40}@[a-z0-9.-]{6,60}\.[a-z]{2,8}[\/:"\x27\s]/
    condition:
        any of them and filesize < 64KB
}

rule database_address_with_password
{
    meta:
        id          = "database-address-with-password"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Address of a database that carries a password"
        reference   = "https://www.postgresql.org/docs/current/libpq-connect.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/database-address-with-password.sh"
    strings:
        $a = /\b(postgres(ql)?|mysql|mongodb(\+srv)?|redis):\/\/[a-z][a-z0-9_.-]{0,30}:[A-Za-z0-9!#$%&*+.=_-]{8,40}@[a-z0-9-]{1,30}(\.[a-z0-9-]{2,30}){1,3}[\/:]/
    condition:
        any of them and filesize < 64KB
}

rule netrc_password
{
    meta:
        id          = "netrc-password"
        kind        = "secret"
        severity    = "medium"
        confidence  = 80
        description = "Login of .netrc"
        reference   = "https://everything.curl.dev/usingcurl/netrc.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/netrc-password.sh"
    strings:
        $a = /(^|\n)machine[ \t]+[a-z0-9.-]{4,60}[ \t\n]+login[ \t]+[^\s]{1,40}[ \t\n]+password[ \t]+[^\s]{4,60}/
    condition:
        any of them and filesize < 16KB
}

rule wpa_supplicant_passphrase
{
    meta:
        id          = "wpa-supplicant-passphrase"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Passphrase of a wireless network"
        reference   = "https://w1.fi/wpa_supplicant/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/wpa-supplicant-passphrase.sh"
    strings:
        $a       = /network=\{[^}]{0,400}\n\s*psk="[^"\n]{8,63}"/
        $example = "very secret passphrase"
    condition:
        any of ($a) and filesize < 16KB and not $example
}

rule hostapd_passphrase
{
    meta:
        id          = "hostapd-passphrase"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Passphrase of a wireless access point"
        reference   = "https://w1.fi/hostapd/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hostapd-passphrase.sh"
    strings:
        $a       = /(^|\n)wpa_passphrase=[^\n]{8,63}/
        $b       = /(^|\n)ssid=[^\n]{1,32}/
        $example = "wpa_passphrase=12345678"
    condition:
        all of ($a, $b) and filesize < 16KB and not $example
}

rule ipsec_shared_secret
{
    meta:
        id          = "ipsec-shared-secret"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Shared secret of an IPsec tunnel"
        reference   = "https://docs.strongswan.org/docs/latest/swanctl/swanctlConf.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ipsec-shared-secret.sh"
    strings:
        $a = /[ \t]:[ \t]?PSK[ \t]+"[^"\n]{6,80}"/
    condition:
        any of them and filesize < 16KB
}

rule ppp_secret
{
    meta:
        id          = "ppp-secret"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Login of a dialled connection"
        reference   = "https://ppp.samba.org/pppd.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ppp-secret.sh"
    strings:
        $a = /" \* "[A-Za-z0-9!._-]{4,40}"/
        $b = "ecrets for authentication"
    condition:
        all of them and filesize < 8KB
}

rule nvram_http_password
{
    meta:
        id          = "nvram-http-password"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Password of the web interface in saved settings"
        reference   = "https://openwrt.org/docs/techref/nvram"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/nvram-http-password.sh"
    strings:
        $a = /(^|[\n\x00])(http_passwd|sys_passwd|router_password|admin_password|web_passwd)=[^\n\x00]{1,64}/
        $b = "lan_ipaddr="
        $c = "wl0_ssid="
    condition:
        #a > 0 and any of ($b, $c) and filesize < 1MB
}

rule nvram_wireless_key
{
    meta:
        id          = "nvram-wireless-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Key of the wireless network in saved settings"
        reference   = "https://openwrt.org/docs/techref/nvram"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/nvram-wireless-key.sh"
    strings:
        $a = /(^|[\n\x00])(wl[01]?_wpa_psk|wl[01]?_key1|rt_wpa_psk)=[^\n\x00]{8,64}/
        $b = "os_name="
    condition:
        $a and $b and filesize < 1MB
}

rule nvram_provider_login
{
    meta:
        id          = "nvram-provider-login"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Login of the provider in saved settings"
        reference   = "https://openwrt.org/docs/techref/nvram"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/nvram-provider-login.sh"
    strings:
        $a = /(^|[\n\x00])(wan_pppoe_passwd|wan0?_pppoe_passwd|ppp_passwd|pppoe_password)=[^\n\x00]{3,64}/
        $b = "boardtype="
    condition:
        $a and $b and filesize < 1MB
}

rule cwmp_password
{
    meta:
        id          = "cwmp-password"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Password of the management server of the operator"
        reference   = "Broadband Forum TR-069"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cwmp-password.sh"
    strings:
        $a = /InternetGatewayDevice\.ManagementServer\.(Password|ConnectionRequestPassword)["\x27]?[ \t]*[=:,][ \t]*["\x27]?[A-Za-z0-9!@#$%^&*._-]{4,64}/
    condition:
        any of them and filesize < 1MB
}

rule uci_cwmp_password
{
    meta:
        id          = "uci-cwmp-password"
        kind        = "secret"
        severity    = "medium"
        confidence  = 70
        description = "Password of the management server in a configuration of OpenWrt"
        reference   = "https://openwrt.org/docs/guide-user/base-system/uci"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uci-cwmp-password.sh"
    strings:
        $a = /option[ \t]+(acs_password|cr_password|connreq_password)[ \t]+['\x22][^'\x22\n]{4,64}['\x22]/
    condition:
        any of them and filesize < 64KB
}

rule cisco_type_7_password
{
    meta:
        id          = "cisco-type-7-password"
        kind        = "secret"
        severity    = "medium"
        confidence  = 80
        description = "Cisco password of type 7, which is no encryption"
        reference   = "https://www.cisco.com/c/en/us/support/docs/security-vpn/remote-authentication-dial-user-service-radius/107614-64.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-type-7-password.sh"
    strings:
        $a = / (password|key|secret) 7 [0-9A-F]{6,64}\b/
    condition:
        any of them and filesize < 1MB
}

rule cisco_enable_secret
{
    meta:
        id          = "cisco-enable-secret"
        kind        = "secret"
        severity    = "low"
        confidence  = 75
        description = "Cisco enable secret as a hash"
        reference   = "https://media.defense.gov/2022/Feb/17/2002940795/-1/-1/1/CSI_CISCO_PASSWORD_TYPES_BEST_PRACTICES_20220217.PDF"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-enable-secret.sh"
    strings:
        $a = /(^|\n)enable secret [589] \$[1589]\$[A-Za-z0-9.\/$]{20,}/
    condition:
        any of them and filesize < 1MB
}

rule junos_reversible_password
{
    meta:
        id          = "junos-reversible-password"
        kind        = "secret"
        severity    = "medium"
        confidence  = 80
        description = "Juniper password of the form $9$, which is reversible"
        reference   = "https://www.juniper.net/documentation/us/en/software/junos/user-access/topics/topic-map/master-password-configuration-encryption.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/junos-reversible-password.sh"
    strings:
        $a = /(secret|authentication-key|pre-shared-key ascii-text|simple-password) "\$9\$[A-Za-z0-9.\/-]{8,100}"/
    condition:
        any of them and filesize < 1MB
}

rule huawei_cipher_password
{
    meta:
        id          = "huawei-cipher-password"
        kind        = "secret"
        severity    = "low"
        confidence  = 70
        description = "Password in a configuration of Huawei VRP"
        reference   = "https://support.huawei.com (VRP, configuration of AAA)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-cipher-password.sh"
    strings:
        $a = /(password|community read|community write|key) (irreversible-)?cipher [%$@^#+]{3,4}[!-~]{16,120}/
    condition:
        any of them and filesize < 1MB
}

rule snmp_v3_user
{
    meta:
        id          = "snmp-v3-user"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "User of SNMPv3 with its passphrases"
        reference   = "http://www.net-snmp.org/docs/man/snmpd.conf.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/snmp-v3-user.sh"
    strings:
        $a      = /(^|\n)[ \t]*createUser[ \t]+[A-Za-z0-9_-]{2,32}[ \t]+(MD5|SHA)[ \t]+"?[^\s"#]{8,64}/
        $manual = "\n.SH "
    condition:
        any of ($a) and filesize < 64KB and not $manual
}

rule web_password_file
{
    meta:
        id          = "web-password-file"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Password file of a web server"
        reference   = "https://httpd.apache.org/docs/2.4/misc/password_encryptions.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/web-password-file.sh"
    strings:
        $a = /(^|\n)[A-Za-z0-9_.-]{1,32}:(\$apr1\$[A-Za-z0-9.\/]{1,8}\$[A-Za-z0-9.\/]{22}|\{SHA\}[A-Za-z0-9+\/]{27}=)/
    condition:
        any of them and filesize < 16KB
}

rule ansible_vault
{
    meta:
        id          = "ansible-vault"
        kind        = "secret"
        severity    = "info"
        confidence  = 70
        description = "Secrets encrypted by Ansible"
        reference   = "https://docs.ansible.com/ansible/latest/vault_guide/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ansible-vault.sh"
    strings:
        $a = /\$ANSIBLE_VAULT;1\.[12];AES256/
    condition:
        any of them and filesize < 1MB
}

rule rails_secret_key
{
    meta:
        id          = "rails-secret-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Secret by which a Rails application signs its sessions"
        reference   = "https://guides.rubyonrails.org/security.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/rails-secret-key.sh"
    strings:
        $a = /secret_key_base:[ \t]*["\x27]?[0-9a-f]{128}\b/
    condition:
        any of them and filesize < 64KB
}

rule django_secret_key
{
    meta:
        id          = "django-secret-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 70
        description = "Secret by which a Django application signs its sessions"
        reference   = "https://docs.djangoproject.com/en/stable/ref/settings/#secret-key"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/django-secret-key.sh"
    strings:
        $a = /(^|\n)SECRET_KEY[ \t]*=[ \t]*['\x22](django-insecure-)?[A-Za-z0-9!@#$%^&*(_=+)-]{50}['\x22]/
    condition:
        any of them and filesize < 64KB
}

rule mqtt_login
{
    meta:
        id          = "mqtt-login"
        kind        = "secret"
        severity    = "medium"
        confidence  = 70
        description = "Login of an MQTT broker in a bridge"
        reference   = "https://mosquitto.org/man/mosquitto-conf-5.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mqtt-login.sh"
    strings:
        $a = /(^|\n)(remote_password|bridge_password)[ \t]+[^\s#]{4,64}/
        $b = /(^|\n)(remote_username|address)[ \t]+[^\s]{3,64}/
    condition:
        all of them and filesize < 64KB
}

rule asterisk_sip_secret
{
    meta:
        id          = "asterisk-sip-secret"
        kind        = "secret"
        severity    = "medium"
        confidence  = 70
        description = "Secret of a SIP account"
        reference   = "https://docs.asterisk.org/Configuration/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/asterisk-sip-secret.sh"
    strings:
        $a = /(^|\n)secret[ \t]*=>?[ \t]*[A-Za-z0-9!._-]{6,40}/
        $b = /(^|\n)(type[ \t]*=[ \t]*(friend|peer)|fromuser[ \t]*=)/
    condition:
        all of them and filesize < 64KB
}

rule smtp_login
{
    meta:
        id          = "smtp-login"
        kind        = "secret"
        severity    = "medium"
        confidence  = 65
        description = "Login of a mail server for notices"
        reference   = "https://marlam.de/msmtp/msmtp.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/smtp-login.sh"
    strings:
        $a = /(^|\n)AuthPass=[^\s]{4,64}/
        $b = /(^|\n)AuthUser=[^\s]{3,64}/
    condition:
        all of them and filesize < 16KB
}

rule android_keystore_password
{
    meta:
        id          = "android-keystore-password"
        kind        = "secret"
        severity    = "medium"
        confidence  = 75
        description = "Password of an Android signing key"
        reference   = "https://developer.android.com/build/building-cmdline"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/android-keystore-password.sh"
    strings:
        $a = /(storePassword|keyPassword)\s*=?\s*["\x27][^"\x27$\n]{4,64}["\x27]/
        $b = /storeFile\s/
    condition:
        all of them and filesize < 64KB
}
