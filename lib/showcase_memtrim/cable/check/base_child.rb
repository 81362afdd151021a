# frozen_string_literal: true

# Run by Base in the app's bundle: loads what the server loads, but nothing of the app, and says what is there.

require "bundler/setup"
require "json"
question = JSON.parse($stdin.read)
out = $stdout.dup
$stdout.reopen($stderr)

require_relative "../../cable"
application = ShowcaseMemtrim::Cable::StandIn.install(ShowcaseMemtrim::Cable::Application.new(ARGV.first))
application.logger

# Why the server would not start with config/cable.yml. known: false: it may start where it runs.
subscriptions = begin
  application.config_for(Pathname.new(ARGV.first).join("config/cable.yml")) if File.exist?(File.join(ARGV.first, "config/cable.yml"))
  ShowcaseMemtrim::Cable::Subscriptions.configure(application)
  {}
rescue KeyError => error
  {error: error.message.lines.first.strip, known: false}
rescue => error
  begin
    ShowcaseMemtrim::Cable::Subscriptions.configure(application)
  rescue => error
    nil # in the words of the server
  end
  {error: error.message.gsub(File.join(ARGV.first, ""), ""), known: true}
end

ShowcaseMemtrim::Cable::Channels.prepare(application)
failed = question["features"].reject do |feature|
  require feature
  true
rescue LoadError
  false
end

# Those that an app without Rails has no use for, though their gems can be loaded.
FRAMEWORKS = %w[AbstractController ActionController ActionMailbox ActionMailer ActionText ActionView ActiveJob ActiveModel ActiveRecord ActiveStorage].freeze

def there?(candidates)
  candidates.any? do |name|
    next if FRAMEWORKS.include?(name[/\A\w+/])
    [Object, ActionCable::Channel::Base, ActionCable::Connection::Base].any? { |namespace| namespace.const_defined?(name) }
  rescue NameError
    false
  end
end

def rails?(name)
  *receiver, method = name.split(".")
  ((receiver == %w[Rails]) ? Rails : Rails.application).respond_to?(method)
end

# By the names that gems and Ruby's own library give their files.
def feature(candidates, hints)
  name = candidates.last
  return if FRAMEWORKS.include?(name[/\A\w+/])
  head = name[/\A\w+/]
  names = [name.underscore, head.underscore, head.downcase, head.underscore.tr("_", "-")].uniq
  (hints + names).find do |feature|
    next unless hints.include?(feature) || $LOAD_PATH.resolve_feature_path(feature)
    require feature
    there?(candidates)
  rescue ScriptError, StandardError
    false
  end
end

def method?(receiver, name, all)
  case receiver
  when nil then all[name]
  when /\A\.(\w+)\z/ then !Object.const_defined?($1) || Object.const_get($1).respond_to?(name, true)
  else Object.const_get(receiver).method_defined?(name) || Object.const_get(receiver).private_method_defined?(name)
  end
end

all = ObjectSpace.each_object(Module).flat_map { |each| each.instance_methods(false) + each.private_instance_methods(false) + each.singleton_methods(false) }.to_h { |name| [name.to_s, true] }
answer = {
  constants: question["constants"].select { |candidates| there?(candidates) },
  rails: question["rails"].select { |name| rails?(name) },
  methods: question["methods"].select { |receiver, name| method?(receiver, name, all) },
  active_support: $LOAD_PATH.find { |path| File.file?(File.join(path, "active_support.rb")) },
  adapter: application.config.action_cable.cable&.[]("adapter"), subscriptions: subscriptions, failed: failed
}
# Last, since it loads more than the server has.
answer[:gems] = question["wanted"].reject { |candidates, _| there?(candidates) }.filter_map { |candidates, hints| (found = feature(candidates, hints)) && [candidates, found] }
out.puts JSON.generate(answer)
out.flush
exit!(0)
