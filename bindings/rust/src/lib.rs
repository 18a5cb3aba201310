// SPDX-License-Identifier: BSD-2-Clause
//! Measurement registers, their event logs, and whether one explains the other.
//!
//! Each type is a thin cover of the C object of that name, whose manual page says what the calls
//! mean (tsmmr_policy(3) …).  What one object uses of another it holds by itself, so they may be
//! dropped in any order.
//!
//! A context is set up first and used then; there is no way to change one that is in use:
//!
//! ```compile_fail
//! let ctx = tsmmr::Context::builder().unwrap().build();
//! ctx.root("/captured");
//! ```
//!
//! An event of a stream is lent until the next one is asked for:
//!
//! ```compile_fail
//! fn keep(mut stream: tsmmr::Stream) {
//!     let first = stream.next().unwrap();
//!     let second = stream.next().unwrap();
//!     drop((first, second));
//! }
//! ```
//!
//! One of a log lives as long as the log:
//!
//! ```compile_fail
//! fn keep(log: tsmmr::Log) -> tsmmr::Event<'static> {
//!     log.get(0).unwrap()
//! }
//! ```
//!
//! A stream belongs to one thread at a time:
//!
//! ```compile_fail
//! fn shared<T: Sync>() {}
//! shared::<tsmmr::Stream>();
//! ```
//!
//! while what never changes belongs to all:
//!
//! ```
//! fn shared<T: Send + Sync>() {}
//! shared::<tsmmr::Context>();
//! shared::<tsmmr::Log>();
//! shared::<tsmmr::Registers>();
//! shared::<tsmmr::Report>();
//! shared::<tsmmr::KnownValues>();
//! shared::<tsmmr::Appraisal>();
//! shared::<tsmmr::Prediction>();
//! shared::<tsmmr::Tree>();
//! ```

pub mod sys;

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::fmt;
use std::marker::PhantomData;
use std::os::raw::{c_char, c_int};
use std::os::unix::io::AsRawFd;
use std::ptr;

/// How a call failed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// `sys::TSMMR_E_*`
    pub code: i32,
    /// `sys::TSMMR_DETAIL_*`
    pub detail: i32,
    pub errno: Option<i32>,
    pub log: Option<u64>,
    pub record: Option<u64>,
    pub offset: Option<u64>,
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

fn index(value: u64) -> Option<u64> {
    (value != sys::TSMMR_NONE).then_some(value)
}

/// A call whose last argument says what went wrong.
fn call(f: impl FnOnce(*mut sys::tsmmr_error) -> c_int) -> Result<c_int> {
    // SAFETY: integers and characters; all zero is a value of theirs.
    let mut err: sys::tsmmr_error = unsafe { std::mem::zeroed() };
    err.size = std::mem::size_of::<sys::tsmmr_error>() as u32;
    let result = f(&mut err);
    if result >= 0 {
        return Ok(result);
    }
    Err(Error {
        code: result,
        detail: err.detail,
        errno: (err.os_errno != 0).then_some(err.os_errno),
        log: index(err.log),
        record: index(err.record),
        offset: index(err.offset),
        message: text(err.message.as_ptr()).unwrap_or_default(),
    })
}

/// The same of one that gives an object.
fn make<T>(f: impl FnOnce(*mut *mut T, *mut sys::tsmmr_error) -> c_int) -> Result<*mut T> {
    let mut made = ptr::null_mut();
    call(|err| f(&mut made, err))?;
    Ok(made)
}

fn text(p: *const c_char) -> Option<String> {
    // SAFETY: the library's strings end in a NUL.
    (!p.is_null()).then(|| unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned())
}

/// A string for C.
fn c(s: &str) -> Result<CString> {
    CString::new(s).map_err(|_| Error {
        code: sys::TSMMR_E_ARG,
        detail: 0,
        errno: None,
        log: None,
        record: None,
        offset: None,
        message: "a name with a NUL in it".into(),
    })
}

/// Bytes that the library handed out.
fn owned(
    f: impl FnOnce(*mut *mut u8, *mut usize, *mut sys::tsmmr_error) -> c_int,
) -> Result<Vec<u8>> {
    let (mut p, mut n) = (ptr::null_mut(), 0);
    call(|err| f(&mut p, &mut n, err))?;
    let bytes = lent(p, n).to_vec();
    unsafe { sys::tsmmr_free(p.cast()) };
    Ok(bytes)
}

/// Bytes that live as long as what lends them: the caller's signature says how long.
fn lent<'a>(p: *const u8, n: usize) -> &'a [u8] {
    if p.is_null() {
        return &[];
    }
    // SAFETY: a successful call gives n bytes.
    unsafe { std::slice::from_raw_parts(p, n) }
}

/// Text that a call writes as snprintf() does.
fn written(f: impl Fn(*mut c_char, usize) -> c_int) -> String {
    let mut buf = vec![0u8; 512];
    let mut n = f(buf.as_mut_ptr().cast(), buf.len());
    if n >= buf.len() as c_int {
        buf.resize(n as usize + 1, 0);
        n = f(buf.as_mut_ptr().cast(), buf.len());
    }
    buf.truncate(n.max(0) as usize);
    String::from_utf8_lossy(&buf).into_owned()
}

/// An object of the library's that is freed when it is dropped.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident, $raw:ident, $free:ident, $($auto:ident)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(*mut sys::$raw);
        object!(@ $name, 0, $free, $($auto)*);
    };
    // With the logs it is about, which outlive it.
    ($(#[$doc:meta])* $name:ident<'a>, $raw:ident, $free:ident, $($auto:ident)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<'a> {
            p: *mut sys::$raw,
            logs: &'a [Log],
        }
        object!(@ $name<'_>, p, $free, $($auto)*);
    };
    (@ $type:ty, $p:tt, $free:ident, $($auto:ident)*) => {
        impl Drop for $type {
            fn drop(&mut self) {
                // SAFETY: made by the library, and freed once.
                unsafe { sys::$free(self.$p) }
            }
        }
        $(
            // SAFETY: tsmmr/types.h, "Threads".
            unsafe impl $auto for $type {}
        )*
    };
}

mod appraise; // which uses the macro, too
pub use appraise::*;

object!(
    /// A context that is still being set up.
    ContextBuilder, tsmmr_ctx, tsmmr_ctx_free, Send
);
object!(
    /// What is the same for all: root, limits, whom evidence must lead to.
    Context, tsmmr_ctx, tsmmr_ctx_free, Send Sync
);
object!(
    /// What hardware signed, put together from parts.
    Evidence, tsmmr_evidence, tsmmr_evidence_free, Send
);
object!(
    /// What the hardware says.
    Registers, tsmmr_regs, tsmmr_regs_free, Send Sync
);
object!(
    /// A whole log, for events in any order.
    Log, tsmmr_log, tsmmr_log_free, Send Sync
);
object!(
    /// What is asked, and what is good enough.
    Policy, tsmmr_policy, tsmmr_policy_free, Send
);
object!(
    /// The registers of this machine, to be extended.
    Tree, tsmmr_tree, tsmmr_tree_free, Send Sync
);
object!(
    /// Why registers do not match.
    Explanation, tsmmr_explain, tsmmr_explain_free, Send Sync
);

struct Pass(*mut sys::tsmmr_report_pass);

impl Drop for Pass {
    fn drop(&mut self) {
        unsafe { sys::tsmmr_report_pass_free(self.0) }
    }
}
object!(
    #[doc(hidden)]
    Input,
    tsmmr_input,
    tsmmr_input_free,
);
object!(
    #[doc(hidden)]
    Request,
    tsmmr_attest,
    tsmmr_attest_free,
);

impl ContextBuilder {
    /// The directory that stands in for "/".
    pub fn root(self, path: &str) -> Result<Self> {
        let path = c(path)?;
        call(|err| unsafe { sys::tsmmr_ctx_set_root(self.0, path.as_ptr(), err) })?;
        Ok(self)
    }
    /// When certificates must be valid, in seconds since 1970.
    pub fn time(self, seconds: u64) -> Result<Self> {
        call(|err| unsafe { sys::tsmmr_ctx_set_time(self.0, seconds, err) })?;
        Ok(self)
    }
    /// Certificates or a key that evidence must lead to.
    pub fn trust_root(self, data: &[u8]) -> Result<Self> {
        call(|err| unsafe {
            sys::tsmmr_ctx_add_trust_root(self.0, data.as_ptr().cast(), data.len(), err)
        })?;
        Ok(self)
    }
    /// A vendor's root, "intel-sgx".
    pub fn trust_root_named(self, name: &str) -> Result<Self> {
        let name = c(name)?;
        call(|err| unsafe { sys::tsmmr_ctx_add_trust_root_named(self.0, name.as_ptr(), err) })?;
        Ok(self)
    }
    /// What a vendor says of its platforms: a file of it.
    pub fn collateral(self, data: &[u8]) -> Result<Self> {
        let (p, n) = (data.as_ptr().cast(), data.len());
        call(|err| unsafe {
            sys::tsmmr_ctx_add_collateral(self.0, sys::TSMMR_PART_AUTO, p, n, err)
        })?;
        Ok(self)
    }
    /// For how many seconds after its end collateral still counts.
    pub fn collateral_grace(self, seconds: u64) -> Result<Self> {
        call(|err| unsafe { sys::tsmmr_ctx_set_collateral_grace(self.0, seconds, err) })?;
        Ok(self)
    }
    /// It does not change any more.
    pub fn build(self) -> Context {
        let ctx = Context(self.0);
        std::mem::forget(self);
        ctx
    }
}

impl Context {
    pub fn builder() -> Result<ContextBuilder> {
        make(|ret, err| unsafe { sys::tsmmr_ctx_new(0, ret, err) }).map(ContextBuilder)
    }
}

/// What is known of a log before it is read; the default is nothing.
#[derive(Debug, Default, Clone)]
pub struct Known {
    pub format: c_int,
    pub platform: c_int,
    pub register: Option<String>,
    pub name: Option<String>,
}

impl Known {
    fn input(&self) -> Result<Input> {
        let input = Input(make(|ret, err| unsafe { sys::tsmmr_input_new(ret, err) })?);
        call(|err| unsafe { sys::tsmmr_input_set_format(input.0, self.format, err) })?;
        call(|err| unsafe { sys::tsmmr_input_set_platform(input.0, self.platform, err) })?;
        if let Some(register) = &self.register {
            let register = c(register)?;
            call(|err| unsafe { sys::tsmmr_input_set_register(input.0, register.as_ptr(), err) })?;
        }
        if let Some(name) = &self.name {
            let name = c(name)?;
            call(|err| unsafe { sys::tsmmr_input_set_name(input.0, name.as_ptr(), err) })?;
        }
        Ok(input)
    }
}

/// One record, as long as what lends it.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a>(*const sys::tsmmr_event, PhantomData<&'a ()>);

impl<'a> Event<'a> {
    /// Its number in its log.
    pub fn record(&self) -> u64 {
        unsafe { sys::tsmmr_event_record(self.0) }
    }
    /// What it extends.
    pub fn register(&self) -> Option<String> {
        text(unsafe { sys::tsmmr_event_register(self.0) })
    }
    /// "EV_SEPARATOR" and the like.
    pub fn type_name(&self) -> Option<String> {
        text(unsafe { sys::tsmmr_event_type_name(self.0) })
    }
    /// What the record says it measured; not copied.
    pub fn data(&self) -> &'a [u8] {
        let (mut p, mut n) = (ptr::null(), 0);
        unsafe { sys::tsmmr_event_data(self.0, &mut p, &mut n) };
        lent(p, n)
    }
    /// (hash, digest) of each bank; not copied.
    pub fn digests(&self) -> impl Iterator<Item = (c_int, &'a [u8])> + '_ {
        (0..unsafe { sys::tsmmr_event_digest_count(self.0) }).filter_map(move |i| {
            let (mut hash, mut p, mut n) = (0, ptr::null(), 0);
            let r = unsafe { sys::tsmmr_event_digest(self.0, i, &mut hash, &mut p, &mut n) };
            (r == 0).then(|| (hash, lent(p, n)))
        })
    }
    /// What the log claims; `Report::text` is what may be believed.
    pub fn text(&self) -> String {
        written(|p, n| unsafe { sys::tsmmr_event_text(self.0, p, n) })
    }
}

/// A log, one event at a time, in memory that does not grow with it.
#[derive(Debug)]
pub struct Stream<'a>(*mut sys::tsmmr_stream, PhantomData<&'a mut ()>);

// SAFETY: tsmmr/types.h, "Threads": one at a time.
unsafe impl Send for Stream<'_> {}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        unsafe { sys::tsmmr_stream_free(self.0) }
    }
}

impl<'a> Stream<'a> {
    /// From a file, from where it stands.
    pub fn open<F: AsRawFd>(ctx: &Context, file: &'a mut F, known: &Known) -> Result<Self> {
        let input = known.input()?;
        let fd = file.as_raw_fd();
        make(|ret, err| unsafe { sys::tsmmr_stream_open_fd(ctx.0, input.0, fd, ret, err) })
            .map(|p| Stream(p, PhantomData))
    }
    /// From bytes, which are not copied.
    pub fn over(ctx: &Context, data: &'a [u8], known: &Known) -> Result<Self> {
        let input = known.input()?;
        make(|ret, err| unsafe {
            sys::tsmmr_stream_open_mem(ctx.0, input.0, data.as_ptr().cast(), data.len(), ret, err)
        })
        .map(|p| Stream(p, PhantomData))
    }
    /// The next event, None at the end.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Event<'_>>> {
        let mut event = ptr::null();
        let more = call(|err| unsafe { sys::tsmmr_stream_next(self.0, &mut event, err) })?;
        Ok((more > 0).then(|| Event(event, PhantomData)))
    }
}

impl Log {
    pub fn parse(ctx: &Context, data: &[u8], known: &Known) -> Result<Log> {
        let input = known.input()?;
        make(|ret, err| unsafe {
            sys::tsmmr_log_parse(ctx.0, input.0, data.as_ptr().cast(), data.len(), ret, err)
        })
        .map(Log)
    }
    /// All that this machine has about a platform's registers.
    pub fn collect(ctx: &Context, platform: c_int) -> Result<Log> {
        make(|ret, err| unsafe { sys::tsmmr_log_collect(ctx.0, platform, ret, err) }).map(Log)
    }
    pub fn len(&self) -> usize {
        unsafe { sys::tsmmr_log_count(self.0) }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub fn get(&self, i: usize) -> Option<Event<'_>> {
        let event = unsafe { sys::tsmmr_log_get(self.0, i) };
        (!event.is_null()).then_some(Event(event, PhantomData))
    }
    pub fn iter(&self) -> impl Iterator<Item = Event<'_>> {
        (0..self.len()).filter_map(|i| self.get(i))
    }
    /// In another form.
    pub fn export(&self, ctx: &Context, format: c_int) -> Result<Vec<u8>> {
        owned(|p, n, err| unsafe { sys::tsmmr_log_export(ctx.0, self.0, format, p, n, err) })
    }
}

impl Evidence {
    pub fn new(ctx: &Context) -> Result<Evidence> {
        make(|ret, err| unsafe { sys::tsmmr_evidence_new(ctx.0, ret, err) }).map(Evidence)
    }
    /// One more part; `sys::TSMMR_PART_AUTO` finds out what it is.
    pub fn add(&mut self, part: c_int, data: &[u8]) -> Result<()> {
        call(|err| unsafe {
            sys::tsmmr_evidence_add(self.0, part, data.as_ptr().cast(), data.len(), err)
        })
        .map(drop)
    }
    /// A root for this machine's evidence alone: its TPM's key, say.
    pub fn trust_root(&mut self, data: &[u8]) -> Result<()> {
        call(|err| unsafe {
            sys::tsmmr_evidence_add_trust_root(self.0, data.as_ptr().cast(), data.len(), err)
        })
        .map(drop)
    }
    /// When its certificates must be valid, in seconds since 1970.
    pub fn time(&mut self, seconds: u64) -> Result<()> {
        call(|err| unsafe { sys::tsmmr_evidence_set_time(self.0, seconds, err) }).map(drop)
    }
    /// (part, bytes) of each.
    pub fn parts(&self) -> impl Iterator<Item = (c_int, &[u8])> {
        (0..).map_while(move |i| {
            let (mut part, mut p, mut n) = (0, ptr::null(), 0);
            let r = unsafe { sys::tsmmr_evidence_part_at(self.0, i, &mut part, &mut p, &mut n) };
            (r == 0).then(|| (part, lent(p, n)))
        })
    }
}

/// What a piece of evidence claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim<'a> {
    Bytes(&'a [u8]),
    U64(u64),
    Text(Cow<'a, str>),
    /// Milliseconds since 1970.
    Time(u64),
}

impl Registers {
    /// After every check that the evidence allows.
    pub fn from_evidence(ctx: &Context, evidence: &Evidence) -> Result<Registers> {
        make(|ret, err| unsafe { sys::tsmmr_regs_from_evidence(ctx.0, evidence.0, ret, err) })
            .map(Registers)
    }
    /// Of this machine.
    pub fn read(ctx: &Context) -> Result<Registers> {
        make(|ret, err| unsafe { sys::tsmmr_regs_read(ctx.0, ret, err) }).map(Registers)
    }
    /// The value of a register, by name or role, in its strongest bank.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let (mut p, mut n) = (ptr::null(), 0);
        let name = c(name).ok()?;
        let reg = unsafe { sys::tsmmr_regs_find(self.0, name.as_ptr(), 0) };
        let found = !reg.is_null() && unsafe { sys::tsmmr_reg_value(reg, &mut p, &mut n) } == 0;
        found.then(|| lent(p, n))
    }
    /// (name, value) of what piece i of the evidence claims (tsmmr-claims(7)).
    pub fn claims(&self, i: usize) -> impl Iterator<Item = (String, Claim<'_>)> {
        (0..).map_while(move |k| {
            let (mut name, mut type_) = (ptr::null(), 0);
            let (mut p, mut n, mut number) = (ptr::null(), 0, 0);
            let r = unsafe {
                sys::tsmmr_regs_claim_at(self.0, i, k, &mut name, &mut type_, &mut p, &mut n)
            };
            if r < 0 {
                return None;
            }
            unsafe { sys::tsmmr_regs_claim_u64(self.0, i, name, &mut number) };
            let value = match type_ {
                sys::TSMMR_CLAIM_U64 => Claim::U64(number),
                sys::TSMMR_CLAIM_TIME => Claim::Time(number),
                sys::TSMMR_CLAIM_TEXT => Claim::Text(String::from_utf8_lossy(lent(p, n))),
                _ => Claim::Bytes(lent(p, n)),
            };
            text(name).map(|name| (name, value))
        })
    }
}

impl Policy {
    /// From lines as `--policy` takes them: "require rtmr0-2".
    pub fn new(ctx: &Context, lines: &str) -> Result<Policy> {
        let policy = Policy(make(|ret, err| unsafe {
            sys::tsmmr_policy_new(ctx.0, ret, err)
        })?);
        call(|err| unsafe {
            sys::tsmmr_policy_parse(policy.0, lines.as_ptr().cast(), lines.len(), err)
        })?;
        Ok(policy)
    }
    /// What evidence must carry; None: nobody asks.
    pub fn nonce(self, nonce: Option<&[u8]>) -> Result<Policy> {
        call(|err| match nonce {
            Some(bytes) => unsafe {
                sys::tsmmr_policy_set_nonce(self.0, bytes.as_ptr().cast(), bytes.len(), err)
            },
            None => unsafe { sys::tsmmr_policy_set_no_nonce(self.0, err) },
        })?;
        Ok(self)
    }
}

/// The answer.  Only Verified is a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Verified,
    Incomplete,
    Mismatch,
}

/// What a report says of one register.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    pub status: c_int,
    pub events: u64,
    pub gaps: Vec<String>,
}

/// What was noticed and lived with (tsmmr-findings(7)).
#[derive(Debug, Clone)]
pub struct Finding {
    pub id: String,
    pub severity: c_int,
    pub log: Option<u64>,
    pub record: Option<u64>,
    pub text: String,
}

object!(
    /// Logs and registers compared, and judged under a policy.
    Report<'a>, tsmmr_report, tsmmr_report_free, Send Sync
);

fn array(logs: &[Log]) -> Vec<*mut sys::tsmmr_log> {
    logs.iter().map(|log| log.0).collect()
}

impl<'a> Report<'a> {
    pub fn new(
        ctx: &Context,
        logs: &'a [Log],
        regs: Option<&Registers>,
        policy: Option<&Policy>,
    ) -> Result<Report<'a>> {
        let regs = regs.map_or(ptr::null(), |regs| regs.0 as *const _);
        let policy = policy.map_or(ptr::null(), |policy| policy.0 as *const _);
        let all = array(logs);
        make(|ret, err| unsafe {
            sys::tsmmr_report_new(ctx.0, all.as_ptr(), all.len(), regs, policy, ret, err)
        })
        .map(|p| Report { p, logs })
    }
    pub fn verdict(&self) -> Verdict {
        match unsafe { sys::tsmmr_report_verdict(self.p) } {
            sys::TSMMR_VERDICT_VERIFIED => Verdict::Verified,
            sys::TSMMR_VERDICT_MISMATCH => Verdict::Mismatch,
            _ => Verdict::Incomplete,
        }
    }
    /// Why it is not Verified, in words.
    pub fn because(&self) -> Vec<String> {
        (0..)
            .map_while(|i| {
                let (reg, piece) = (ptr::null_mut(), ptr::null_mut());
                text(unsafe { sys::tsmmr_report_because(self.p, i, reg, piece) })
            })
            .collect()
    }
    pub fn rows(&self) -> Vec<Row> {
        let gaps = |i| unsafe {
            (0..sys::tsmmr_report_gap_count(self.p, i))
                .filter_map(|k| text(sys::tsmmr_gap_word(sys::tsmmr_report_gap(self.p, i, k))))
                .collect()
        };
        (0..unsafe { sys::tsmmr_report_count(self.p) })
            .map(|i| Row {
                name: text(unsafe { sys::tsmmr_report_name(self.p, i) }).unwrap_or_default(),
                status: unsafe { sys::tsmmr_report_status(self.p, i) },
                events: unsafe { sys::tsmmr_report_event_count(self.p, i) },
                gaps: gaps(i),
            })
            .collect()
    }
    pub fn findings(&self) -> Vec<Finding> {
        (0..unsafe { sys::tsmmr_report_finding_count(self.p) })
            .map(|i| unsafe {
                let one = sys::tsmmr_report_finding(self.p, i);
                Finding {
                    id: text(sys::tsmmr_finding_id(one)).unwrap_or_default(),
                    severity: sys::tsmmr_finding_severity(one),
                    log: index(sys::tsmmr_finding_log(one)),
                    record: index(sys::tsmmr_finding_record(one)),
                    text: text(sys::tsmmr_finding_text(one)).unwrap_or_default(),
                }
            })
            .collect()
    }
    /// Is event i of log number log inside the verified part of a verified register?
    pub fn is_proven(&self, log: usize, i: usize) -> bool {
        unsafe { sys::tsmmr_report_is_event_proven(self.p, log as u64, i) == 1 }
    }
    /// What may be believed of event i of log number log; "" where nothing may.
    pub fn text(&self, log: usize, i: usize) -> String {
        let one = self.logs[log].0;
        written(|p, n| unsafe { sys::tsmmr_report_event_text(self.p, one, log as u64, i, p, n) })
    }
    /// The text of every event that is proven and bound to its digest.
    pub fn believed(&self) -> Vec<String> {
        let logs = self.logs.iter().enumerate();
        logs.flat_map(|(number, log)| (0..log.len()).map(move |i| self.text(number, i)))
            .filter(|text| !text.is_empty())
            .collect()
    }
    /// The proven and bound records of one application, each as `tsmmr.event/1`.
    pub fn domain(&self, ctx: &Context, prefix: &str) -> Result<Vec<Vec<u8>>> {
        let open = |log: &Log| {
            make(|ret, err| unsafe { sys::tsmmr_stream_open_log(ctx.0, log.0, ret, err) })
                .map(|p| Stream(p, PhantomData))
        };
        let streams = self.logs.iter().map(open).collect::<Result<Vec<_>>>()?;
        let all: Vec<_> = streams.iter().map(|stream| stream.0).collect();
        let pass = make(|ret, err| unsafe {
            sys::tsmmr_report_pass_new(self.p, all.as_ptr(), all.len(), ret, err)
        })
        .map(Pass)?;
        let (prefix, none) = (c(prefix)?, ptr::null_mut());
        call(|err| unsafe { sys::tsmmr_report_pass_set_domain(pass.0, prefix.as_ptr(), err) })?;
        let mut records = Vec::new();
        while call(|err| unsafe {
            sys::tsmmr_report_pass_next(pass.0, ptr::null_mut(), none, ptr::null_mut(), err)
        })? > 0
        {
            records.push(owned(|p, n, err| unsafe {
                sys::tsmmr_report_pass_event_json(pass.0, p, n, err)
            })?);
        }
        Ok(records)
    }
    /// One line for a person.
    pub fn summary(&self) -> String {
        written(|p, n| unsafe { sys::tsmmr_report_summary(self.p, p, n) })
    }
    /// `tsmmr.verify/1`, with the events.
    pub fn json(&self) -> Result<Vec<u8>> {
        let all = array(self.logs);
        owned(|p, n, err| unsafe {
            sys::tsmmr_report_export_verify_json(
                self.p,
                ptr::null(),
                all.as_ptr(),
                all.len(),
                p,
                n,
                err,
            )
        })
    }
    /// Why registers do not match.
    pub fn explain(&self, ctx: &Context) -> Result<Explanation> {
        let all = array(self.logs);
        make(|ret, err| unsafe {
            sys::tsmmr_explain_new(
                ctx.0,
                self.p,
                all.as_ptr(),
                all.len(),
                ptr::null(),
                ret,
                err,
            )
        })
        .map(Explanation)
    }
}

impl Explanation {
    /// A paragraph about register i of the report; None where nothing is wrong.
    pub fn text(&self, i: usize) -> Option<String> {
        text(unsafe { sys::tsmmr_explain_text(self.0, i) })
    }
}

impl Tree {
    pub fn open(ctx: &Context) -> Result<Tree> {
        make(|ret, err| unsafe { sys::tsmmr_tree_open(ctx.0, ret, err) }).map(Tree)
    }
    /// Extends a register with a record and logs it: both or neither.  once: not if the log of
    /// this boot has it.
    pub fn append(&self, reg: &str, record: &str, once: bool) -> Result<()> {
        let flags = if once {
            sys::TSMMR_APPEND_ONCE as u32
        } else {
            0
        };
        let reg = c(reg)?;
        call(|err| unsafe {
            let bytes = record.as_ptr().cast();
            sys::tsmmr_tree_append(
                self.0,
                reg.as_ptr(),
                bytes,
                record.len(),
                flags,
                ptr::null_mut(),
                err,
            )
        })
        .map(drop)
    }
    /// What became of an append that failed with E_INDOUBT: `sys::TSMMR_SETTLED_*`.
    pub fn settle(&self, reg: &str) -> Result<c_int> {
        let (reg, mut outcome) = (c(reg)?, 0);
        call(|err| unsafe { sys::tsmmr_tree_settle(self.0, reg.as_ptr(), &mut outcome, err) })?;
        Ok(outcome)
    }
    /// No more is taken until the machine ends (Nitro).
    pub fn lock(&self, reg: &str) -> Result<()> {
        let reg = c(reg)?;
        call(|err| unsafe { sys::tsmmr_tree_lock(self.0, reg.as_ptr(), err) }).map(drop)
    }
    /// Fresh evidence with a nonce, and the log up to it.
    pub fn attest(&self, platform: c_int, nonce: &[u8]) -> Result<(Evidence, Log)> {
        let new = make(|ret, err| unsafe { sys::tsmmr_attest_new(platform, ret, err) })?;
        let request = Request(new);
        call(|err| unsafe {
            sys::tsmmr_attest_set_nonce(request.0, nonce.as_ptr().cast(), nonce.len(), err)
        })?;
        let mut log = ptr::null_mut();
        make(|ret, err| unsafe { sys::tsmmr_tree_attest(self.0, request.0, ret, &mut log, err) })
            .map(|evidence| (Evidence(evidence), Log(log)))
    }
}
