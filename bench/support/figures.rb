# frozen_string_literal: true

# The little arithmetic and lettering that the benches share.
module Figures
  module_function

  def median(values)
    sorted = values.sort
    middle = sorted.size / 2
    sorted.size.odd? ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0
  end

  def mean(values)
    values.empty? ? 0.0 : values.sum.fdiv(values.size)
  end

  # Bytes as megabytes (10^6), as the limits are given.
  def mb(bytes, digits = 3)
    bytes.nil? ? "-" : format("%.#{digits}f", bytes / 1e6)
  end

  # Rows of cells as aligned lines: the first column to the left, the others to the right.
  def table(rows)
    widths = rows.map { |row| row.map { |cell| cell.to_s.length } }.transpose.map(&:max)
    rows.map do |row|
      row.each_with_index.map { |cell, index| index.zero? ? cell.to_s.ljust(widths[index]) : cell.to_s.rjust(widths[index]) }.join("  ").rstrip
    end
  end
end
