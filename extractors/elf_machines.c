/* Names of ELF machines, as the ABI supplements and binutils assign them. Source: gABI, "e_machine"; binutils, include/elf/common.h. */
#include "extractors/elf.h"

static const struct { uint16_t machine; const char *name; } machines[] = {
    {1, "we32100"}, {2, "sparc"}, {3, "x86"}, {4, "m68k"}, {5, "m88k"}, {6, "iamcu"}, {7, "i860"}, {8, "mips"}, {10, "mips-rs3000-le"},
    {15, "parisc"}, {18, "sparc32plus"}, {19, "i960"}, {20, "powerpc"}, {21, "powerpc64"}, {22, "s390"}, {23, "spu"}, {36, "v800"},
    {37, "fr20"}, {38, "rh32"}, {39, "mcore"}, {40, "arm"}, {41, "alpha-old"}, {42, "sh"}, {43, "sparc64"}, {44, "tricore"}, {45, "arc"},
    {46, "h8-300"}, {47, "h8-300h"}, {48, "h8s"}, {50, "ia64"}, {51, "mips-x"}, {52, "coldfire"}, {53, "68hc12"}, {62, "x86-64"},
    {75, "vax"}, {76, "cris"}, {78, "firepath"}, {80, "mmix"}, {83, "avr"}, {84, "fr30"}, {85, "d10v"}, {86, "d30v"}, {87, "v850"},
    {88, "m32r"}, {89, "mn10300"}, {90, "mn10200"}, {91, "picojava"}, {92, "openrisc"}, {93, "arc-compact"}, {94, "xtensa"},
    {95, "videocore"}, {97, "ns32k"}, {100, "st200"}, {101, "ip2k"}, {103, "cr"}, {104, "f2mc16"}, {105, "msp430"}, {106, "blackfin"},
    {107, "s1c33"}, {110, "unicore"}, {113, "nios2"}, {114, "crx"}, {117, "m16c"}, {120, "m32c"}, {131, "rs08"}, {133, "ecog2"},
    {135, "dsp24"}, {137, "videocore3"}, {138, "lattice-mico32"}, {140, "ti-c6000"}, {141, "ti-c2000"}, {142, "ti-c5500"}, {144, "ti-pru"},
    {160, "mmdsp"}, {162, "r32c"}, {164, "hexagon"}, {165, "8051"}, {166, "stxp7x"}, {167, "nds32"}, {169, "maxq30"}, {173, "rx"},
    {174, "metag"}, {175, "elbrus"}, {177, "cr16"}, {180, "l10m"}, {181, "k10m"}, {183, "aarch64"}, {185, "avr32"}, {187, "tilera64"},
    {188, "tilepro"}, {189, "microblaze"}, {190, "cuda"}, {191, "tilegx"}, {195, "arc-v2"}, {197, "rl78"}, {198, "videocore5"},
    {204, "kmx16"}, {205, "kmx8"}, {208, "andes"}, {210, "kalimba"}, {214, "cge"}, {220, "z80"}, {221, "cds-vision"}, {222, "ft32"},
    {224, "amdgpu"}, {226, "lanai"}, {243, "riscv"}, {247, "bpf"}, {250, "netronome"}, {251, "ve"}, {252, "csky"}, {253, "arc-v3"},
    {255, "arc-v3-64"}, {258, "loongarch"}, {0x1057, "avr-old"}, {0x5441, "frv"}, {0x6000, "netronome-nfp"}, {0x9026, "alpha"},
    {0x9041, "m32r-old"}, {0x9080, "v850-old"}, {0xA390, "s390-old"}, {0xABC7, "xtensa-old"}, {0xBAAB, "microblaze-old"}, {0xBEEF, "mn10300-old"},
    {0xF00D, "toshiba-mep"}, {0xFEB0, "moxie"}, {0xFEBA, "vpx3"},
};

const char *elf_machine_name(uint16_t machine)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].machine == machine)
            return machines[i].name;
    return NULL;
}
