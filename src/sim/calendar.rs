//! Days and dates of the Gregorian calendar, by Howard Hinnant's algorithms.

/// Days from 0000-03-01, where his years and eras begin, to 1970-01-01.
const EPOCH: i64 = 719_468;
/// Days of 400 years.
const ERA: i64 = 146_097;

/// Days since 1970-01-01 of a date.
///
/// ```
/// assert_eq!(drydock::sim::calendar::days(2026, 11, 20), 20_777);
/// assert_eq!(drydock::sim::calendar::date(20_777), (2026, 11, 20));
/// ```
pub fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH
}

/// Year, month (1 to 12) and day (1 to 31) so many days after 1970-01-01.
pub fn date(days: i64) -> (i64, u32, u32) {
    let shifted = days + EPOCH;
    let (era, of_era) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    // Both are small and positive whatever the days were.
    (year_of_era + era * 400 + i64::from(month <= 2), month as u32, day as u32)
}

/// The day of the week, 0 to 6 from Sunday.
pub fn weekday(days: i64) -> u32 {
    (days + 4).rem_euclid(7) as u32
}
