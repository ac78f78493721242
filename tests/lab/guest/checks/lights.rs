//! LEDs of the kernel's LED class.
