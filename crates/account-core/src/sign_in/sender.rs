//! Which user of this machine sent an answer to the loopback listener (N6).
//!
//! The URL that the browser opens holds `state` and the code challenge, and it is on the browser's command line,
//! which other users of the machine can read. One of them could sign in there as themself and deliver that code: the
//! app would then show and change their account. So on Linux an answer is accepted only if the other end of its
//! connection belongs to our own user. `/proc/net/tcp` and `/proc/net/tcp6` list the sockets of our network namespace
//! with their owners; a loopback connection has both ends in it, so a browser from a Flatpak or a snap is found
//! there, too: it shares the network and the user.
//!
//! - A socket of root counts as ours. Root can do everything we can, and programs that forward ports into a virtual
//!   machine or a container often run as root.
//! - A socket that is not found counts as another user's: otherwise a sender that closes the connection at once would
//!   go undetected. A browser waits for the page.
//! - If the tables cannot be read, or do not even have our own listener (no `/proc`, a hardened kernel), the sender
//!   is unknown, and the answer is accepted as on other systems, where nothing is looked up at all.

/// The sender of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// Our own user, or root.
    Ours,
    /// Another user, or a process that is gone.
    AnotherUser,
    /// Unknown on this system.
    Unknown,
}

#[cfg(not(target_os = "linux"))]
pub(super) async fn of(_: &tokio::net::TcpStream) -> Sender {
    Sender::Unknown
}

#[cfg(target_os = "linux")]
pub(super) use linux::of;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::BufReader;
    use std::net::SocketAddr;

    use procfs_core::net::{TcpNetEntries, TcpNetEntry, TcpState};
    use procfs_core::{ExplicitSystemInfo, FromBufReadSI};
    use tokio::net::TcpStream;

    use super::Sender;

    /// How often a missing socket is looked up: the kernel writes a table while sockets come and go, and may leave
    /// one out.
    const TRIES: u32 = 5;
    const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
    const ROOT: u32 = 0;

    /// Looks up who owns the other end of a connection that the listener accepted.
    pub(in super::super) async fn of(stream: &TcpStream) -> Sender {
        let (Ok(own), Ok(peer)) = (stream.local_addr(), stream.peer_addr()) else {
            return Sender::AnotherUser;
        };
        let look = move || {
            let mut sender = Sender::Unknown;
            for _ in 0..TRIES {
                let Some(table) = read() else { return Sender::Unknown };
                sender = sender_in(&table, own, peer);
                if sender == Sender::Ours {
                    break;
                }
            }
            sender
        };
        tokio::task::spawn_blocking(look).await.unwrap_or(Sender::AnotherUser)
    }

    /// Reads every TCP socket of our network namespace. Returns `None` when there is no table that can be read.
    fn read() -> Option<Vec<TcpNetEntry>> {
        let mut sockets = Vec::new();
        for table in TABLES {
            match File::open(table) {
                Ok(file) => sockets.extend(parse(BufReader::new(file))?),
                // A kernel without IPv6.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(_) => return None,
            }
        }
        Some(sockets)
    }

    fn parse(table: impl std::io::BufRead) -> Option<Vec<TcpNetEntry>> {
        // Of the system information only the byte order matters here.
        let system = ExplicitSystemInfo {
            boot_time_secs: 0,
            ticks_per_second: 100,
            page_size: 4096,
            is_little_endian: cfg!(target_endian = "little"),
        };
        TcpNetEntries::from_buf_read(table, &system).ok().map(|entries| entries.0)
    }

    /// Finds who owns the socket `peer` that is connected with `own`, our listener's address.
    fn sender_in(table: &[TcpNetEntry], own: SocketAddr, peer: SocketAddr) -> Sender {
        let is = |address: SocketAddr, other: SocketAddr| {
            (address.ip().to_canonical(), address.port()) == (other.ip().to_canonical(), other.port())
        };
        let listener = table.iter().find(|one| one.state == TcpState::Listen && is(one.local_address, own));
        let Some(listener) = listener else { return Sender::Unknown };
        let theirs = table.iter().find(|one| is(one.local_address, peer) && is(one.remote_address, own));
        // A socket that no process holds any more has no inode, and 0 as its owner.
        match theirs.filter(|one| one.inode != 0) {
            Some(one) if one.uid == listener.uid || one.uid == ROOT => Sender::Ours,
            _ => Sender::AnotherUser,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::{Sender, parse, sender_in};

        /// A table as Linux 6.1 wrote it: the listener of user 1000 on port 4711, and connections to it.
        const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1267 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4001 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1267 0100007F:A001 01 00000000:00000000 00:00000000 00000000  1000        0 4002 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:A001 0100007F:1267 01 00000000:00000000 00:00000000 00000000  1000        0 4003 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:A002 0100007F:1267 01 00000000:00000000 00:00000000 00000000  1001        0 4004 1 0000000000000000 20 4 30 10 -1
   4: 0100007F:A003 0100007F:1267 01 00000000:00000000 00:00000000 00000000     0        0 4005 1 0000000000000000 20 4 30 10 -1
   5: 0100007F:A004 0100007F:1267 05 00000000:00000000 03:00000BB8 00000000     0        0 0 3 0000000000000000
   6: 0100007F:A005 0100007F:1268 01 00000000:00000000 00:00000000 00000000  1000        0 4006 1 0000000000000000 20 4 30 10 -1
   7: 0200007F:A006 0100007F:1267 01 00000000:00000000 00:00000000 00000000  1000        0 4007 1 0000000000000000 20 4 30 10 -1
";
        const TABLE_6: &str = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:A007 0000000000000000FFFF00000100007F:1267 01 00000000:00000000 00:00000000 00000000  1000        0 4008 1 0000000000000000 20 4 30 10 -1
   1: 0000000000000000FFFF00000100007F:A008 0000000000000000FFFF00000100007F:1267 01 00000000:00000000 00:00000000 00000000  1001        0 4009 1 0000000000000000 20 4 30 10 -1
";

        #[test]
        fn n6_owner_of_peer_socket_is_found() {
            let mut table = parse(TABLE.as_bytes()).unwrap();
            table.extend(parse(TABLE_6.as_bytes()).unwrap());
            let own = "127.0.0.1:4711".parse().unwrap();
            for (port, case, wanted) in [
                (0xa001, "our user", Sender::Ours),
                (0xa002, "another user", Sender::AnotherUser),
                (0xa003, "root", Sender::Ours),
                (0xa004, "a connection that its process has closed", Sender::AnotherUser),
                (0xa005, "a connection to another listener", Sender::AnotherUser),
                (0xa006, "the same port of another address", Sender::AnotherUser),
                (0xa007, "our user with a socket of IPv6", Sender::Ours),
                (0xa008, "another user with a socket of IPv6", Sender::AnotherUser),
                (0xb000, "no socket", Sender::AnotherUser),
                (4711, "the listener itself", Sender::AnotherUser),
            ] {
                assert_eq!(sender_in(&table, own, ([127, 0, 0, 1], port).into()), wanted, "{case}");
            }
            let hidden = "127.0.0.1:4712".parse().unwrap();
            let peer = "127.0.0.1:40965".parse().unwrap();
            assert_eq!(sender_in(&table, hidden, peer), Sender::Unknown, "a table without our own listener");
            assert_eq!(sender_in(&[], own, peer), Sender::Unknown);
            assert!(parse("head\nnonsense".as_bytes()).is_none());
        }
    }
}
