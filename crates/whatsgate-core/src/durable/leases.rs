//! Who may work on which partition, until when.

use super::Millis;
use super::rules::Rule;

/// The right of one worker to a partition.
///
/// The epoch rises whenever the lease goes to another worker, and every commit of progress names it: so a worker that was
/// paused or cut off can neither undo nor repeat what its successor did.
///
/// ```
/// use whatsgate_core::durable::leases::Lease;
///
/// let lease = Lease { partition: 0, owner: Some("worker-1".to_owned()), epoch: 7, expires: 15_000 };
/// assert!(lease.is_of("worker-1") && !lease.is_free(14_999) && lease.is_free(15_000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The partition, from 0 on.
    pub partition: u32,
    /// Who has it.
    pub owner: Option<String>,
    /// How often it changed hands.
    pub epoch: u64,
    /// Until when, by the store's clock.
    pub expires: Millis,
}

impl Lease {
    /// Whether the worker has the lease or had it last, so that nobody else can have come between.
    pub fn is_of(&self, worker: &str) -> bool {
        self.owner.as_deref() == Some(worker)
    }

    /// Whether anybody may take it.
    pub fn is_free(&self, now: Millis) -> bool {
        self.owner.is_none() || self.expires <= now || !Rule::OneWorkerPerPartition.holds()
    }
}

/// What a worker does about the leases of a consumer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The partitions that it keeps.
    pub keep: Vec<u32>,
    /// The partitions that it takes over.
    pub take: Vec<u32>,
    /// The partitions that it gives up, once what it does there is done, because others have too few.
    pub give_up: Vec<u32>,
}

/// Shares the partitions evenly. `workers` counts those that are alive, the asking one included.
///
/// ```
/// use whatsgate_core::durable::leases::{Lease, share};
///
/// let free = |partition| Lease { partition, owner: None, epoch: 0, expires: 0 };
/// let leases: Vec<_> = (0..8).map(free).collect();
/// assert_eq!(share(&leases, 2, "one", 1000).take.len(), 4);
/// ```
pub fn share(leases: &[Lease], workers: usize, worker: &str, now: Millis) -> Share {
    let fair = leases.len().div_ceil(workers.max(1));
    let mut share = Share::default();
    for lease in leases {
        if lease.is_of(worker) {
            let list = if share.keep.len() < fair { &mut share.keep } else { &mut share.give_up };
            list.push(lease.partition);
        }
    }
    let missing = fair.saturating_sub(share.keep.len());
    let free = leases.iter().filter(|lease| !lease.is_of(worker) && lease.is_free(now));
    share.take = free.take(missing).map(|lease| lease.partition).collect();
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(partition: u32, owner: Option<&str>, expires: Millis) -> Lease {
        Lease { partition, owner: owner.map(str::to_owned), epoch: 1, expires }
    }

    #[test]
    fn two_workers_end_with_half_each() {
        let mut leases: Vec<_> = (0..8).map(|partition| lease(partition, Some("one"), 100)).collect();
        assert_eq!(share(&leases, 2, "two", 50), Share::default());
        let given = share(&leases, 2, "one", 50);
        assert_eq!((given.keep.len(), given.give_up.len()), (4, 4));
        for partition in given.give_up {
            leases[partition as usize].owner = None;
        }
        assert_eq!(share(&leases, 2, "two", 50).take, [4, 5, 6, 7]);
    }

    #[test]
    fn what_expired_is_taken_by_another_and_kept_by_its_owner() {
        let leases = [lease(0, Some("one"), 100)];
        assert_eq!(share(&leases, 2, "two", 100).take, [0]);
        assert_eq!(share(&leases, 2, "one", 100).keep, [0]);
    }
}
