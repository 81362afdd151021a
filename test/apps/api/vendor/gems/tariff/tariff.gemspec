# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "tariff"
  spec.version = "0.3.1"
  spec.authors = ["The freight team"]
  spec.summary = "What it costs to send a parcel from one place to another"
  spec.files = Dir[File.join(__dir__, "{data,lib}/**/*")].map { |file| file.delete_prefix("#{__dir__}/") }
  spec.require_paths = ["lib"]
  spec.required_ruby_version = ">= 3.1"
end
