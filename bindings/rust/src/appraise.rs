// SPDX-License-Identifier: BSD-2-Clause
//! Is it what is wanted, and what will it be: known values, appraisals, predictions.

use crate::{array, c, call, index, lent, make, owned, sys, text, written};
use crate::{Context, Log, Report, Result, Stream};
use std::ffi::CString;
use std::marker::PhantomData;
use std::os::raw::{c_char, c_int};
use std::os::unix::io::AsRawFd;
use std::ptr;

object!(
    /// What records may be, and what they must not be; final once an appraisal was made with it.
    KnownValues, tsmmr_known, tsmmr_known_free, Send Sync
);
object!(Again, tsmmr_appraisal_pass, tsmmr_appraisal_pass_free,);

/// A string for C, or NULL.
fn maybe(s: Option<&str>) -> Result<Option<CString>> {
    s.map(c).transpose()
}

fn pointer(s: &Option<CString>) -> *const c_char {
    s.as_ref().map_or(ptr::null(), |s| s.as_ptr())
}

impl KnownValues {
    /// A set in which nothing is yet.
    pub fn new(ctx: &Context) -> Result<KnownValues> {
        make(|ret, err| unsafe { sys::tsmmr_known_new(ctx.0, ret, err) }).map(KnownValues)
    }
    /// A list: `sys::TSMMR_KNOWN_SUMS` …, with `sys::TSMMR_LIST_DENIED` and such; of a register
    /// where it does not say that itself.
    pub fn add(
        &mut self,
        kind: c_int,
        register: Option<&str>,
        name: Option<&str>,
        list: &[u8],
    ) -> Result<()> {
        let (register, name) = (maybe(register)?, maybe(name)?);
        call(|err| unsafe {
            let (data, len) = (list.as_ptr().cast(), list.len());
            sys::tsmmr_known_add(
                self.0,
                kind,
                pointer(&register),
                pointer(&name),
                data,
                len,
                err,
            )
        })
        .map(drop)
    }
    /// A file, by what it is measured as in its role: "pe", "uki", "initrd" …
    pub fn add_image<F: AsRawFd>(
        &mut self,
        flags: c_int,
        role: &str,
        name: Option<&str>,
        file: &F,
    ) -> Result<()> {
        let (role, name, fd) = (c(role)?, maybe(name)?, file.as_raw_fd());
        call(|err| unsafe {
            sys::tsmmr_known_add_image_fd(self.0, flags, role.as_ptr(), pointer(&name), fd, err)
        })
        .map(drop)
    }
    /// The logs of a report that is Verified.
    pub fn add_logs(&mut self, flags: c_int, name: Option<&str>, report: &Report) -> Result<()> {
        let (name, all) = (maybe(name)?, array(report.logs));
        call(|err| unsafe {
            let (logs, n) = (all.as_ptr(), all.len());
            sys::tsmmr_known_add_logs(self.0, flags, pointer(&name), report.p, logs, n, err)
        })
        .map(drop)
    }
    /// A log that nobody vouches for but the caller.
    pub fn add_unverified_log(
        &mut self,
        flags: c_int,
        name: Option<&str>,
        log: Stream,
    ) -> Result<()> {
        let name = maybe(name)?;
        call(|err| unsafe {
            sys::tsmmr_known_add_stream(self.0, flags, pointer(&name), log.0, err)
        })
        .map(drop)
    }
    /// How many digests, without those of sequences.
    pub fn len(&self) -> usize {
        unsafe { sys::tsmmr_known_count(self.0) }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The answer of an appraisal.  Only Yes is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appraised {
    Yes,
    Incomplete,
    Denied,
}

object!(
    /// A report's logs compared with known values.
    Appraisal<'a>, tsmmr_appraisal, tsmmr_appraisal_free, Send Sync
);

impl<'a> Appraisal<'a> {
    pub fn new(report: &Report<'a>, known: &KnownValues) -> Result<Appraisal<'a>> {
        let all = array(report.logs);
        make(|ret, err| unsafe {
            sys::tsmmr_appraisal_new(report.p, known.0, all.as_ptr(), all.len(), ret, err)
        })
        .map(|p| Appraisal {
            p,
            logs: report.logs,
        })
    }
    pub fn verdict(&self) -> Appraised {
        match unsafe { sys::tsmmr_appraisal_verdict(self.p) } {
            sys::TSMMR_APPRAISED_YES => Appraised::Yes,
            sys::TSMMR_APPRAISED_DENIED => Appraised::Denied,
            _ => Appraised::Incomplete,
        }
    }
    /// Why it is not Yes, in words.
    pub fn because(&self) -> Vec<String> {
        (0..)
            .map_while(|i| {
                let (reg, piece) = (ptr::null_mut(), ptr::null_mut());
                text(unsafe { sys::tsmmr_appraisal_because(self.p, i, reg, piece) })
            })
            .collect()
    }
    /// What lists demand and the logs lack.
    pub fn lacking(&self) -> Vec<String> {
        (0..)
            .map_while(|i| text(unsafe { sys::tsmmr_appraisal_lack(self.p, i, ptr::null_mut()) }))
            .collect()
    }
    /// Who says which firmware it is: "pinned", "unknown" …
    pub fn launch(&self) -> String {
        text(unsafe { sys::tsmmr_appraisal_launch(self.p) }).unwrap_or_default()
    }
    /// One line for a person.
    pub fn summary(&self) -> String {
        written(|p, n| unsafe { sys::tsmmr_appraisal_summary(self.p, p, n) })
    }
    /// How many records of row i of the report are so: `sys::TSMMR_RECORD_UNKNOWN` …
    pub fn count(&self, i: usize, record: c_int) -> u64 {
        unsafe { sys::tsmmr_appraisal_count(self.p, i, record) }
    }
    /// A paragraph on what is unknown in row i of the report; "" where nothing is.
    pub fn text(&self, i: usize) -> String {
        written(|p, n| unsafe { sys::tsmmr_appraisal_text(self.p, i, p, n) })
    }
    /// The records once more; what take gives of each is kept.
    fn again<T>(
        &self,
        ctx: &Context,
        take: impl Fn(&Again, c_int) -> Result<Option<T>>,
    ) -> Result<Vec<T>> {
        let open = |log: &Log| {
            make(|ret, err| unsafe { sys::tsmmr_stream_open_log(ctx.0, log.0, ret, err) })
                .map(|p| Stream(p, PhantomData))
        };
        let streams = self.logs.iter().map(open).collect::<Result<Vec<_>>>()?;
        let all: Vec<_> = streams.iter().map(|stream| stream.0).collect();
        let pass = make(|ret, err| unsafe {
            sys::tsmmr_appraisal_pass_new(self.p, all.as_ptr(), all.len(), ret, err)
        })
        .map(Again)?;
        let (mut found, mut record) = (Vec::new(), 0);
        while call(|err| unsafe {
            let (event, log) = (ptr::null_mut(), ptr::null_mut());
            sys::tsmmr_appraisal_pass_next(pass.0, event, log, &mut record, err)
        })? > 0
        {
            found.extend(take(&pass, record)?);
        }
        Ok(found)
    }
    /// Lines of a list of sums that would make known what is not: to be read first.
    pub fn unknown(&self, ctx: &Context) -> Result<Vec<String>> {
        self.again(ctx, |pass, record| {
            (record == sys::TSMMR_RECORD_UNKNOWN)
                .then(|| {
                    owned(|p, n, err| unsafe { sys::tsmmr_appraisal_pass_line(pass.0, p, n, err) })
                })
                .map(|line| line.map(|line| String::from_utf8_lossy(&line).into_owned()))
                .transpose()
        })
    }
    /// Every event, as in "events" of `tsmmr.appraisal/1`.
    pub fn events(&self, ctx: &Context) -> Result<Vec<Vec<u8>>> {
        self.again(ctx, |pass, _| {
            owned(|p, n, err| unsafe { sys::tsmmr_appraisal_pass_event_json(pass.0, p, n, err) })
                .map(Some)
        })
    }
    /// `tsmmr.appraisal/1`, without events.
    pub fn json(&self) -> Result<Vec<u8>> {
        owned(|p, n, err| unsafe { sys::tsmmr_appraisal_export_json(self.p, p, n, err) })
    }
}

object!(
    /// What is to be replaced in what logs measure.
    ///
    /// A prediction is made in steps and then run, after which there is no way to change it:
    ///
    /// ```compile_fail
    /// fn late(steps: tsmmr::Steps) {
    ///     let done = steps.run().unwrap();
    ///     done.remove(0, 1);
    /// }
    /// ```
    Steps, tsmmr_prediction, tsmmr_prediction_free, Send
);
object!(
    /// What registers will hold then.
    Prediction, tsmmr_prediction, tsmmr_prediction_free, Send Sync
);

/// What a register will hold in one bank.
#[derive(Debug, Clone)]
pub struct Predicted {
    pub name: String,
    pub hash: c_int,
    pub value: Vec<u8>,
    pub is_changed: bool,
    pub is_vouched: bool,
    pub is_followed: bool,
}

/// What could not be followed, and where.
#[derive(Debug, Clone)]
pub struct Note {
    pub text: String,
    pub log: Option<u64>,
    pub record: Option<u64>,
}

impl Steps {
    /// A report, of these logs, says which registers they explain.
    pub fn new(ctx: &Context, logs: &[Log], report: Option<&Report>) -> Result<Steps> {
        let (all, report) = (array(logs), report.map_or(ptr::null(), |r| r.p as *const _));
        make(|ret, err| unsafe {
            sys::tsmmr_prediction_new(ctx.0, all.as_ptr(), all.len(), report, ret, err)
        })
        .map(Steps)
    }
    /// A file by another, in a role (None: as they are, and as PE images).
    pub fn replace<F: AsRawFd>(
        self,
        role: Option<&str>,
        before: &F,
        after: &F,
        what: &str,
    ) -> Result<Steps> {
        let (role, what) = (maybe(role)?, c(what)?);
        let (before, after) = (before.as_raw_fd(), after.as_raw_fd());
        call(|err| unsafe {
            let role = pointer(&role);
            sys::tsmmr_prediction_replace_fd(self.0, role, before, after, what.as_ptr(), err)
        })?;
        Ok(self)
    }
    /// A text by another, wherever digests cover it, in a register or in any.
    pub fn replace_text(self, register: Option<&str>, before: &str, after: &str) -> Result<Steps> {
        let (register, before, after) = (maybe(register)?, c(before)?, c(after)?);
        call(|err| unsafe {
            let (before, after) = (before.as_ptr(), after.as_ptr());
            sys::tsmmr_prediction_replace_text(self.0, pointer(&register), before, after, err)
        })?;
        Ok(self)
    }
    /// Without a record of log number log.
    pub fn remove(self, log: u64, record: u64) -> Result<Steps> {
        call(|err| unsafe { sys::tsmmr_prediction_drop(self.0, log, record, err) })?;
        Ok(self)
    }
    /// It does not change any more.
    pub fn run(self) -> Result<Prediction> {
        call(|err| unsafe { sys::tsmmr_prediction_run(self.0, err) })?;
        let done = Prediction(self.0);
        std::mem::forget(self);
        Ok(done)
    }
}

impl Prediction {
    /// Of a unified kernel image alone: PCR 11.
    pub fn of_uki<F: AsRawFd>(
        ctx: &Context,
        file: &F,
        profile: u32,
        phases: Option<&str>,
    ) -> Result<Prediction> {
        let (phases, fd) = (maybe(phases)?, file.as_raw_fd());
        make(|ret, err| unsafe {
            sys::tsmmr_prediction_new_uki_fd(ctx.0, fd, profile, pointer(&phases), ret, err)
        })
        .map(Steps)?
        .run()
    }
    /// Registers with a value.
    pub fn registers(&self) -> Vec<Predicted> {
        let report = unsafe { sys::tsmmr_prediction_report(self.0) };
        (0..unsafe { sys::tsmmr_report_count(report) })
            .filter_map(|i| unsafe {
                let (mut p, mut n) = (ptr::null(), 0);
                (sys::tsmmr_report_replayed(report, i, &mut p, &mut n) >= 0).then(|| Predicted {
                    name: text(sys::tsmmr_report_name(report, i)).unwrap_or_default(),
                    hash: sys::tsmmr_reg_hash(sys::tsmmr_report_reg(report, i)),
                    value: lent(p, n).to_vec(),
                    is_changed: sys::tsmmr_prediction_is_changed(self.0, i) == 1,
                    is_vouched: sys::tsmmr_prediction_is_vouched(self.0, i) == 1,
                    is_followed: sys::tsmmr_prediction_is_followed(self.0, i) == 1,
                })
            })
            .collect()
    }
    /// What could not be followed.
    pub fn notes(&self) -> Vec<Note> {
        (0..)
            .map_while(|i| {
                let (mut log, mut record) = (0, 0);
                let note = unsafe { sys::tsmmr_prediction_note(self.0, i, &mut log, &mut record) };
                text(note).map(|text| Note {
                    text,
                    log: index(log),
                    record: index(record),
                })
            })
            .collect()
    }
    /// `tsmmr.prediction/1`.
    pub fn json(&self) -> Result<Vec<u8>> {
        owned(|p, n, err| unsafe { sys::tsmmr_prediction_export_json(self.0, p, n, err) })
    }
}
