# frozen_string_literal: true

# The app's gems by name: the full name, and the features that Bundler requires of it (none where it doesn't).
require "bundler/setup"
require "json"

def features(dependency)
  names = dependency.autorequire
  return [dependency.name, dependency.name.tr("-", "/")].uniq if names.nil?
  Array(names).map { |name| (name == true) ? dependency.name : name }
end

specs = Gem.loaded_specs.transform_values { |spec| {full_name: spec.full_name, features: []} }
Bundler.load.dependencies.each { |dependency| specs[dependency.name]&.store(:features, features(dependency)) }

File.write(ENV.fetch("BOOT_RESULT"), JSON.generate(specs))
