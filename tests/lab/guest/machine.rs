//! What every system does first and last: file systems, modules, the loopback interface, the end. It does not know
//! what the machine is for.

use std::ffi::CStr;
use std::fs;
use std::io::Write;

use rustix::mount::{MountFlags, mount};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, sendto, socket};
use rustix::system::{RebootCommand, delete_module, finit_module, reboot};

/// Makes a machine of a kernel.
pub(super) fn start() {
    for (source, target, kind) in [
        ("proc", "/proc", "proc"),
        ("sysfs", "/sys", "sysfs"),
        ("devtmpfs", "/dev", "devtmpfs"),
        ("tmpfs", "/tmp", "tmpfs"),
    ] {
        attach(source, target, kind, None);
    }
    raise_loopback();
    join();
}

/// Adds to a machine what the checks need.
pub(super) fn join() {
    load_modules();
    attach("configfs", "/sys/kernel/config", "configfs", None);
    attach("out", "/out", "9p", Some(c"trans=virtio,version=9p2000.L"));
    println!("lab: up {} s after the kernel", uptime());
}

/// Ends the machine, with these last words to the host.
pub(super) fn stop(status: u8) -> ! {
    println!("lab: {} s after the kernel", uptime());
    println!("lab: status {status}");
    std::io::stdout().flush().unwrap();
    rustix::fs::sync();
    rustix::mount::unmount("/out", rustix::mount::UnmountFlags::empty()).unwrap();
    let error = reboot(RebootCommand::PowerOff);
    panic!("the machine runs on: {error:?}");
}

fn attach(source: &str, target: &str, kind: &str, options: Option<&CStr>) {
    fs::create_dir_all(target).unwrap_or_else(|error| panic!("{target}: {error}"));
    mount(source, target, kind, MountFlags::empty(), options)
        .unwrap_or_else(|error| panic!("{target}: {error}"));
}

fn load_modules() {
    for name in fs::read_to_string("/modules/order").unwrap().lines() {
        load(name);
    }
}

/// Loads a module by the name of its file.
fn load(file: &str) {
    let module = fs::File::open(format!("/modules/{file}")).unwrap();
    // The watchdog waits for four seconds, and only says that it would have reset the machine.
    let parameters = if file == "softdog.ko" { c"soft_margin=4 soft_noboot=1" } else { c"" };
    finit_module(module, parameters, 0).unwrap_or_else(|error| panic!("{file}: {error}"));
}

/// A module that is out of the kernel until this value goes.
pub(super) struct Unloaded {
    file: &'static str,
}

impl Unloaded {
    /// Takes out the module of that name, which is in that file.
    pub(super) fn new(name: &CStr, file: &'static str) -> Self {
        delete_module(name, 0).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        Self { file }
    }
}

impl Drop for Unloaded {
    fn drop(&mut self) {
        load(self.file);
    }
}

/// Asks the kernel to set "up" on interface 1 (rtnetlink(7)): with it comes 127.0.0.1.
fn raise_loopback() {
    const NEW_LINK: u16 = 16;
    const REQUEST_AND_ACKNOWLEDGE: u16 = 5;
    const UP: u32 = 1;
    let head =
        [&32_u32.to_ne_bytes()[..], &NEW_LINK.to_ne_bytes(), &REQUEST_AND_ACKNOWLEDGE.to_ne_bytes(), &[0; 8]];
    let link = [&[0; 4][..], &1_u32.to_ne_bytes(), &UP.to_ne_bytes(), &UP.to_ne_bytes()];
    let socket = socket(AddressFamily::NETLINK, SocketType::RAW, None).unwrap();
    let message = [head.concat(), link.concat()].concat();
    sendto(&socket, &message, SendFlags::empty(), &SocketAddrNetlink::new(0, 0)).unwrap();
    let mut answer = [0_u8; 64];
    recv(&socket, &mut answer, RecvFlags::empty()).unwrap();
    assert_eq!(answer[16..20], [0; 4], "lo stays down");
}

fn uptime() -> f32 {
    let text = fs::read_to_string("/proc/uptime").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}
