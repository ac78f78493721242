//! What the controllers of OLEDs have in common: a stream of octets that are commands or data. It does not know what
//! the commands mean.

/// Octets of a transfer, told apart.
pub(super) enum Octet {
    Command(u8),
    Data(u8),
}

/// Every octet of a transfer. Each control octet says what follows: one octet, or all that is left.
pub(super) fn octets(transfer: &[u8]) -> Vec<Octet> {
    let mut found = Vec::new();
    let mut rest = transfer;
    while let [control, after @ ..] = rest {
        let goes_on = control & 0x80 != 0;
        let length = if goes_on { after.len().min(1) } else { after.len() };
        let (these, later) = after.split_at(length);
        let is_data = control & 0x40 != 0;
        found.extend(
            these.iter().map(|&octet| if is_data { Octet::Data(octet) } else { Octet::Command(octet) }),
        );
        rest = later;
    }
    found
}

/// What memory holds after power came: anything, but not what was there, and nothing that looks right.
pub(super) const NOISE: u8 = 0xA5;
