# frozen_string_literal: true

require "standard/rake"
