//! The chips of real boards, with the names that kernels give their lines. It does not know simulated ones.

/// The header of a Pi Zero W with a mainline kernel, which has names of its own for most of it: pinctrl-bcm2835.
#[rustfmt::skip]
pub(super) const ZERO_W: [&str; 54] = [
    "ID_SDA", "ID_SCL", "SDA1", "SCL1", "GPIO_GCLK", "GPIO5", "GPIO6", "SPI_CE1_N", "SPI_CE0_N",
    "SPI_MISO", "SPI_MOSI", "SPI_SCLK", "GPIO12", "GPIO13", "TXD0", "RXD0", "GPIO16", "GPIO17", "GPIO18",
    "GPIO19", "GPIO20", "GPIO21", "GPIO22", "GPIO23", "GPIO24", "GPIO25", "GPIO26", "GPIO27", "SDA0",
    "SCL0", "CTS0", "RTS0", "TXD0", "RXD0", "SD1_CLK", "SD1_CMD", "SD1_DATA0", "SD1_DATA1", "SD1_DATA2",
    "SD1_DATA3", "CAM_GPIO1", "WL_ON", "", "WIFI_CLK", "CAM_GPIO0", "BT_ON", "HDMI_HPD_N",
    "STATUS_LED_N", "SD_CLK_R", "SD_CMD_R", "SD_DATA0_R", "SD_DATA1_R", "SD_DATA2_R", "SD_DATA3_R",
];

/// The header of a Pi 5 with Raspberry Pi's kernel: pinctrl-rp1.
#[rustfmt::skip]
pub(super) const PI_5: [&str; 54] = [
    "ID_SDA", "ID_SCL", "GPIO2", "GPIO3", "GPIO4", "GPIO5", "GPIO6", "GPIO7", "GPIO8", "GPIO9", "GPIO10",
    "GPIO11", "GPIO12", "GPIO13", "GPIO14", "GPIO15", "GPIO16", "GPIO17", "GPIO18", "GPIO19", "GPIO20",
    "GPIO21", "GPIO22", "GPIO23", "GPIO24", "GPIO25", "GPIO26", "GPIO27", "PCIE_RP1_WAKE", "FAN_TACH",
    "HOST_SDA", "HOST_SCL", "ETH_RST_N", "-", "CD0_IO0_MICCLK", "CD0_IO0_MICDAT0", "RP1_PCIE_CLKREQ_N",
    "-", "CD0_SDA", "CD0_SCL", "CD1_SDA", "CD1_SCL", "USB_VBUS_EN", "USB_OC_N", "RP1_STAT_LED",
    "FAN_PWM", "CD1_IO0_MICCLK", "2712_WAKE", "CD1_IO1_MICDAT1", "EN_MAX_USB_CUR", "-", "-", "-", "-",
];

/// Another chip of a Pi 5, the first one with a number: gpio-brcmstb@107d508500.
#[rustfmt::skip]
pub(super) const PI_5_FLASH: [&str; 7] = [
    "-", "2712_BOOT_CS_N", "2712_BOOT_MISO", "2712_BOOT_MOSI", "2712_BOOT_SCLK", "-", "-",
];
