# frozen_string_literal: true

# What the app's Gemfile has Bundler.require require in production, and the railties that the app's list names.
require "bundler/setup"
require "json"

def features(dependency)
  names = dependency.autorequire
  return [dependency.name, dependency.name.tr("-", "/")].uniq if names.nil?
  Array(names).map { |name| (name == true) ? dependency.name : name.to_s }
end

required = Bundler.load.dependencies.select do |dependency|
  features(dependency).any? && (dependency.groups & %i[default production]).any? && dependency.should_include?
end

list = File.read("config/application.rb")
if list.match?(%r{^\s*require "rails/all"})
  list = File.read(File.join(Gem.loaded_specs.fetch("railties").full_gem_path, "lib/rails/all.rb"))
end

specs = Gem.loaded_specs.transform_values { |spec| {full_name: spec.full_name, features: []} }
required.each { |dependency| specs[dependency.name]&.store(:features, features(dependency)) }

File.write(ENV.fetch("BOOT_RESULT"), JSON.generate(
  gems: required.map(&:name) & specs.keys,
  railties: list.scan(%r{^\s*(?:require )?"?([a-z_]+(?:/[a-z_]+)*/(?:railtie|engine))"?\s*$}).flatten.uniq,
  specs: specs
))
