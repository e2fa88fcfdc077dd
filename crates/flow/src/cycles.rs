//! Which nodes of a graph lie on a cycle.

/// Returns for each node whether some way leads from it back to itself.
///
/// Tarjan's algorithm, without recursion: a strongly connected component of more than one node,
/// or a node with an edge to itself.
pub(crate) fn nodes_in_cycles(out: &[Vec<usize>]) -> Vec<bool> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; out.len()];
    let mut low = vec![NEW; out.len()];
    let mut is_open = vec![false; out.len()];
    let mut in_cycle = vec![false; out.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut count = 0;
    for start in 0..out.len() {
        if order[start] != NEW {
            continue;
        }
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.pop() {
            if next == 0 {
                order[node] = count;
                low[node] = count;
                count += 1;
                open.push(node);
                is_open[node] = true;
            }
            if let Some(to) = out[node].get(next).copied() {
                path.push((node, next + 1));
                if order[to] == NEW {
                    path.push((to, 0));
                } else if is_open[to] {
                    low[node] = low[node].min(order[to]);
                }
                continue;
            }
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == order[node] {
                close(node, out, &mut open, &mut is_open, &mut in_cycle);
            }
        }
    }
    in_cycle
}

fn close(
    root: usize,
    out: &[Vec<usize>],
    open: &mut Vec<usize>,
    is_open: &mut [bool],
    in_cycle: &mut [bool],
) {
    let from = open.iter().rposition(|node| *node == root).unwrap_or_default();
    let members: Vec<usize> = open.drain(from..).collect();
    let is_cycle = members.len() > 1 || out[root].contains(&root);
    for member in members {
        is_open[member] = false;
        in_cycle[member] = is_cycle;
    }
}

#[cfg(test)]
mod tests {
    use super::nodes_in_cycles;

    #[test]
    fn a_way_back_makes_a_cycle_and_a_detour_does_not() {
        let out = vec![vec![1, 2], vec![3], vec![3], vec![4], vec![3, 5], vec![], vec![6]];
        let expected = [false, false, false, true, true, false, true];
        assert_eq!(nodes_in_cycles(&out), expected);
    }

    #[test]
    fn long_chains_need_no_stack() {
        let out: Vec<Vec<usize>> = (0..200_000).map(|node| vec![(node + 1) % 200_000]).collect();
        assert!(nodes_in_cycles(&out).into_iter().all(|in_cycle| in_cycle));
    }
}
