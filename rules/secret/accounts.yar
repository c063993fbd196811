rule snmp_write_community
{
    meta:
        id          = "snmp-write-community"
        kind        = "secret"
        severity    = "medium"
        confidence  = 80
        description = "SNMP community that may write, with a default name"
        reference   = "CWE-1392"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/snmp-write-community.txt"
    strings:
        $line   = /(^|\n)rwcommunity6?[ \t]+(private|public|write|admin|all)\b/
        $manual = "\n.SH "
    condition:
        $line and filesize < 256KB and not $manual
}

/* xc3511, xmhdipc, the empty password, admin, 1234 without salt: computed with crypt(3). */
rule known_password_hash
{
    meta:
        id          = "known-password-hash"
        kind        = "secret"
        severity    = "critical"
        confidence  = 95
        description = "Password hash whose password is public"
        reference   = "public hash lists, each checked with crypt(3)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/known-password-hash.txt"
    strings:
        $xc3511  = "absxcfbgXtb3o"
        $xmhdipc = "$1$RYIwEiRA$d5iRRVQ5ZeRTrJwGjRy.B0"
        $cat1029 = "$1$rHzz3Ky5$Np.7tUrTNY0PLhKums1mg1"
        $empty   = "$1$$qRPK7m23GJusamGpoGLby/"
        $admin   = "$1$$CoERg7ynjYLsj2j4glJ34."
        $n1234   = "$1$$iC.dUsGpxNNJGeOm1dFio/"
    condition:
        any of them
}

rule factory_telnet_password
{
    meta:
        id          = "factory-telnet-password"
        kind        = "secret"
        severity    = "high"
        confidence  = 75
        description = "Factory password of cameras and gateways in a program"
        reference   = "https://github.com/jgamblin/Mirai-Source-Code (list of passwords)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/factory-telnet-password.txt"
    strings:
        $a = "xc3511" fullword
        $b = "xmhdipc" fullword
        $c = "jvbzd" fullword
        $d = "Zte521" fullword
        $e = "7ujMko0vizxv" fullword
        $f = "7ujMko0admin" fullword
        $g = "klv1234" fullword
        $h = "anko" fullword
        $i = "juantech" fullword
        $j = "vizxv" fullword
    condition:
        any of ($a, $b, $c, $d, $e, $f) or (2 of ($g, $h, $i, $j))
}

rule huawei_telecomadmin
{
    meta:
        id          = "huawei-telecomadmin"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Account of the operator in Huawei optical terminals with its public password"
        reference   = "public analyses of hw_ctree.xml of HG8245"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-telecomadmin.txt"
    strings:
        $user     = "telecomadmin"
        $password = "admintelecom"
    condition:
        all of them
}
