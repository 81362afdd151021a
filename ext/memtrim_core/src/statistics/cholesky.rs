//! The inverse of a symmetric positive definite matrix.

pub type Matrix = Vec<Vec<f64>>;

/// By Cholesky's decomposition, A = L·Lᵀ, so A⁻¹ = L⁻ᵀ·L⁻¹ (Golub and Van Loan, Matrix Computations, 4.2). Of `matrix`
/// only the lower triangle is read. None where it is not positive definite.
pub fn inverse(matrix: &[Vec<f64>]) -> Option<Matrix> {
    let factor = inverted(&decomposed(matrix)?);
    let size = factor.len();
    let entry = |i: usize, j: usize| (i.max(j)..size).map(|k| factor[k][i] * factor[k][j]).sum();
    Some((0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect())
}

/// L, lower triangular.
fn decomposed(matrix: &[Vec<f64>]) -> Option<Matrix> {
    let size = matrix.len();
    let mut factor = vec![vec![0.0; size]; size];
    for i in 0..size {
        for j in 0..=i {
            let rest: f64 = matrix[i][j] - (0..j).map(|k| factor[i][k] * factor[j][k]).sum::<f64>();
            if i > j {
                factor[i][j] = rest / factor[j][j];
            } else if rest > 0.0 {
                factor[i][i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(factor)
}

/// L⁻¹, by forward substitution, column by column.
fn inverted(factor: &[Vec<f64>]) -> Matrix {
    let size = factor.len();
    let mut inverse = vec![vec![0.0; size]; size];
    for j in 0..size {
        inverse[j][j] = 1.0 / factor[j][j];
        for i in j + 1..size {
            let sum: f64 = (j..i).map(|k| factor[i][k] * inverse[k][j]).sum();
            inverse[i][j] = -sum / factor[i][i];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    /// The textbook example, with its inverse.
    #[test]
    fn a_worked_example() {
        let matrix = vec![vec![4.0, 12.0, -16.0], vec![12.0, 37.0, -43.0], vec![-16.0, -43.0, 98.0]];
        assert_eq!(decomposed(&matrix).unwrap(), [vec![2.0, 0.0, 0.0], vec![6.0, 1.0, 0.0], vec![-8.0, 5.0, 3.0]]);
        let expected = [[1777.0, -488.0, 76.0], [-488.0, 136.0, -20.0], [76.0, -20.0, 4.0]];
        for (row, expected) in inverse(&matrix).unwrap().iter().flatten().zip(expected.iter().flatten()) {
            assert!((row - expected / 36.0).abs() < 1e-10);
        }
    }

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let (mut random, size) = (Random::new(5), 40);
        let rows: Matrix = (0..size).map(|_| (0..size).map(|_| random.normal()).collect()).collect();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let one = |i: usize, j: usize| if i == j { 1.0 } else { 0.0 };
        let square: Matrix =
            (0..size).map(|i| (0..size).map(|j| product(&rows[i], &rows[j]) + one(i, j)).collect()).collect();
        let inverse = inverse(&square).unwrap();
        for (i, row) in square.iter().enumerate() {
            for (j, column) in inverse.iter().enumerate() {
                assert!((product(row, column) - one(i, j)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        assert_eq!(inverse(&[vec![1.0, 2.0], vec![2.0, 1.0]]), None);
        assert_eq!(inverse(&[vec![f64::NAN]]), None);
        assert_eq!(inverse(&[]), Some(Vec::new()));
    }
}
