//! A projection for a terminal: the plan's own table, before and after.

use super::bytes::{mib, signed_mib};
use super::fleet::count;
use super::table::{lines, sections};
use super::words::{wrap, wrap_words};
use crate::fleet::projection::{Fit, Fleetful, Projection, Saving};

/// The projection as text of at most `width` columns, with a newline at its end.
pub fn projection(projection: &Projection, width: usize) -> String {
    let paragraphs = |list: Vec<String>| list.iter().flat_map(|text| wrap(text, width)).collect();
    sections(
        &[
            wrap_words(&title(projection), " · ", width),
            table(projection),
            paragraphs(outcome(projection)),
            paragraphs(basis(projection)),
        ],
        width,
    )
}

fn title(projection: &Projection) -> Vec<String> {
    let measured = projection.measured_tenants;
    let run = if measured == 1 { "runs" } else { "run" };
    vec!["what if".into(), count(projection.tenants, "tenant"), format!("from {measured} that {run} now")]
}

fn table(projection: &Projection) -> Vec<String> {
    let row = |name: String, bytes: fn(&Fleetful) -> u64| {
        let today = bytes(&projection.today);
        let mut row = vec![name, mib(today)];
        if let Some(with) = projection.with.as_ref().map(bytes) {
            row.extend([mib(with), signed_mib((i128::from(with) - i128::from(today)) as i64)]);
        }
        row
    };
    let rows = [
        row("baseline: all that is no tenant".into(), |it| it.baseline_bytes),
        row("files that tenants share, once".into(), |it| it.shared_files_bytes),
        row("each tenant".into(), |it| it.per_tenant_bytes),
        row(format!("all, with {}", count(projection.tenants, "tenant")), |it| it.total_bytes),
    ];
    let header: &[&str] =
        if projection.with.is_some() { &["MEMORY, MiB", "today", "with", "change"] } else { &["MEMORY, MiB", "today"] };
    lines(header, &rows, &[0])
}

fn outcome(projection: &Projection) -> Vec<String> {
    let range = |[low, high]: [u64; 2]| format!("{} to {} MiB", mib(low), mib(high));
    let mut list: Vec<String> = projection.fit.iter().map(|it| fit(it, projection.saving.as_ref())).collect();
    list.extend(projection.with_interval.map(|both| {
        format!("95 % interval of the saving: {} with {}.", range(both), count(projection.tenants, "tenant"))
    }));
    list.extend(projection.with_anon_bytes.map(|bytes| {
        format!("By the anon of these two boots: {} MiB with {}.", mib(bytes), count(projection.tenants, "tenant"))
    }));
    list
}

fn fit(fit: &Fit, saving: Option<&Saving>) -> String {
    let interval = fit.with_interval.filter(|[low, high]| low != high);
    match (fit.with, interval) {
        (None, _) => format!("{} fit in the memory there is.", fit.today),
        (Some(with), None) => {
            let most = if saving.is_some_and(|it| it.basis == "boot") { " at most" } else { "" };
            format!("{} fit today, {with} with it{most}.", fit.today)
        }
        (Some(with), Some([low, high])) => format!("{} fit today, {with} with it ({low} to {high}).", fit.today),
    }
}

fn basis(projection: &Projection) -> Vec<String> {
    let mut list: Vec<String> = projection.saving.iter().map(|it| format!("With: {}.", it.source)).collect();
    list.extend(projection.saving.iter().map(saving));
    list.push(format!("Assumed: {}.", projection.assumptions.join("; ")));
    list
}

fn saving(saving: &Saving) -> String {
    let bytes = signed_mib(saving.bytes);
    match (saving.basis, saving.interval, saving.anon_bytes) {
        ("boot", ..) => format!(
            "Saving: {bytes} MiB of anon in each, at most: the boot is compared with tenants that have served since theirs. For what is really saved, record the app as it is, too: memtrim record -o stock.memtrim, and --against stock.memtrim."
        ),
        ("anon", Some([low, high]), _) => {
            format!("Saving: {bytes} MiB of anon in each ({} to {}, 95 %).", signed_mib(low), signed_mib(high))
        }
        ("anon", None, _) => format!("Saving: {bytes} MiB of anon in each; there were too few boots for an interval."),
        (_, _, Some(anon)) => format!(
            "Saving: {bytes} MiB held in each, which is sure: it repeats from boot to boot. Anon, which has free memory in it, too, was {} MiB less in these two boots; that moves by megabytes.",
            signed_mib(anon)
        ),
        _ => format!(
            "Saving: {bytes} MiB held in each, which is sure: it repeats from boot to boot. Anon, which has free memory in it, too, was not measured."
        ),
    }
}
