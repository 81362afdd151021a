# frozen_string_literal: true

module ShowcaseMemtrim
  VERSION = "0.1.0"
end
