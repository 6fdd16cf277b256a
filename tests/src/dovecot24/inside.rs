//! Running programs in the tree that `scripts/debian13` unpacks.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::doveadm::Doveadm;
use crate::dovecot::Place;
use crate::process::{must, program};

const DOVECOT: &str = "/usr/sbin/dovecot";

/// Makes a root directory for `"$@"` and runs it there. It is the first process of its namespace,
/// and notes its number outside while /proc is still the one that shows that.
const ENTER: &str = r#"
PATH=/usr/sbin:/usr/bin:/sbin:/bin
tree=$1 scratch=$2 place=$3
shift 3
read -r number rest </proc/self/stat
echo "$number" >"$place/first-process"

# Nothing of a test gets into the tree, which is mounted read-only.
mkdir -p "$place/root"
mount -t tmpfs -o mode=755 tmpfs "$place/root"
cd "$place/root"
find "$tree" -maxdepth 1 -type l -exec cp --no-dereference --target-directory=. {} +
mkdir -p usr etc dev proc tmp ".$scratch"
chmod 1777 tmp
cp /etc/passwd /etc/group etc
mount --bind -o ro "$tree/usr" usr
mount --rbind /dev dev
mount -t proc proc proc
mount --bind "$scratch" ".$scratch"
exec chroot . "$@"
"#;

/// The tree, in cargo's target directory, where this test is, too.
pub(super) fn tree() -> PathBuf {
    let test = env::current_exe().expect("path of this test");
    test.ancestors()
        .map(|directory| directory.join("debian13"))
        .find(|tree| tree.join("stamp").is_file())
        .unwrap_or_else(|| {
            panic!(
                "no debian13 above {}: run scripts/debian13 with the CARGO_TARGET_DIR of this test \
                 (scripts/test does)",
                test.display()
            )
        })
}

/// The version of its Dovecot, such as `2.4.1`.
pub(super) fn version(tree: &Path, place: &Place) -> String {
    let line = must(command(tree, place).args([DOVECOT, "--version"]), b"");
    line.chars().take_while(|character| matches!(character, '0'..='9' | '.')).collect()
}

/// The command that runs Dovecot in the foreground. When it is killed, all below it are.
pub(super) fn server(tree: &Path, place: &Place) -> Command {
    let mut command = command(tree, place);
    command.args([DOVECOT, "-F", "-c"]).arg(place.configuration());
    command
}

/// The number of Dovecot's main process, once it runs.
pub(super) fn first_process(place: &Place) -> String {
    let number = fs::read_to_string(place.directory.join("first-process")).expect("first-process");
    number.trim().to_owned()
}

/// `doveadm` beside the process with this number. Its requests bear its own number, which has to be
/// one of that namespace, or it could be taken for another client.
pub(super) fn doveadm(place: &Place, first_process: &str) -> Doveadm {
    let mut words: Vec<OsString> = vec![program("nsenter", "util-linux").into()];
    words.extend(
        ["--target", first_process, "--mount", "--pid", "--root", "--wd", "/usr/bin/doveadm"]
            .map(OsString::from),
    );
    Doveadm::with_program(words, place.configuration())
}

/// The beginning of a command: the program and its arguments are to follow.
fn command(tree: &Path, place: &Place) -> Command {
    let mut command = Command::new(program("unshare", "util-linux"));
    command
        .args(["--mount", "--pid", "--fork", "--kill-child", "--", "/bin/sh", "-euc", ENTER, "sh"])
        .args([tree, place.servers.scratch().path(), &place.directory]);
    command
}
