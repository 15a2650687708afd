//! Why a call on files, processes or sockets failed, in POSIX's names and words.

use std::fmt;

macro_rules! errnos {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// An error number; its text is strerror's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Errno { $($(#[$doc])* $name,)* }

        impl Errno {
            /// The words of `strerror`.
            pub const fn text(self) -> &'static str {
                match self { $(Errno::$name => $text,)* }
            }
        }
    };
}

errnos! {
    /// EPERM
    NotPermitted = "Operation not permitted",
    /// ENOENT
    NotFound = "No such file or directory",
    /// ESRCH
    NoProcess = "No such process",
    /// EINTR
    Interrupted = "Interrupted system call",
    /// EIO
    Io = "Input/output error",
    /// ENOEXEC
    ExecFormat = "Exec format error",
    /// EBADF
    BadFd = "Bad file descriptor",
    /// ECHILD
    NoChild = "No child processes",
    /// EAGAIN
    Again = "Resource temporarily unavailable",
    /// ENOMEM
    NoMemory = "Cannot allocate memory",
    /// EACCES
    Access = "Permission denied",
    /// EEXIST
    Exists = "File exists",
    /// ENOTDIR
    NotDir = "Not a directory",
    /// EISDIR
    IsDir = "Is a directory",
    /// EINVAL
    Invalid = "Invalid argument",
    /// EMFILE
    TooManyFiles = "Too many open files",
    /// ENOTTY
    NotTty = "Inappropriate ioctl for device",
    /// ETXTBSY
    TextBusy = "Text file busy",
    /// EFBIG
    TooBig = "File too large",
    /// ENOSPC
    NoSpace = "No space left on device",
    /// ESPIPE
    IllegalSeek = "Illegal seek",
    /// EROFS
    ReadOnly = "Read-only file system",
    /// EPIPE
    Pipe = "Broken pipe",
    /// EXDEV
    CrossDevice = "Invalid cross-device link",
    /// ENAMETOOLONG
    NameTooLong = "File name too long",
    /// ENOTEMPTY
    NotEmpty = "Directory not empty",
    /// ELOOP
    Loop = "Too many levels of symbolic links",
    /// EBUSY
    Busy = "Device or resource busy",
    /// E2BIG
    ArgsTooLong = "Argument list too long",
    /// ENOTSUP
    NotSupported = "Operation not supported",
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
