# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "billing"
  spec.version = "1.2.0"
  spec.authors = ["The freight team"]
  spec.summary = "Invoices for the shipments of an account"
  spec.files = Dir[File.join(__dir__, "{app,config,db,lib}/**/*")].map { |file| file.delete_prefix("#{__dir__}/") }
  spec.require_paths = ["lib"]
  spec.required_ruby_version = ">= 3.1"

  spec.add_dependency "actionmailer", ">= 7.1"
  spec.add_dependency "activejob", ">= 7.1"
  spec.add_dependency "activerecord", ">= 7.1"
  spec.add_dependency "railties", ">= 7.1"
end
