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
ShowcaseMemtrim::Cable::Channels.prepare(application)
question["features"].each do |feature|
  require feature
rescue LoadError
  nil # the server will say so, with its line
end

def there?(candidates)
  candidates.any? do |name|
    [Object, ActionCable::Channel::Base, ActionCable::Connection::Base].any? { |namespace| namespace.const_defined?(name) }
  rescue NameError
    false
  end
end

def rails?(name)
  *receiver, method = name.split(".")
  ((receiver == %w[Rails]) ? Rails : Rails.application).respond_to?(method)
end

methods = ObjectSpace.each_object(Module).flat_map { |each| each.instance_methods(false) + each.private_instance_methods(false) + each.singleton_methods(false) }.to_h { |name| [name.to_s, true] }
adapter = begin
  application.config_for(Pathname.new(ARGV.first).join("config/cable.yml"))&.[](:adapter)
rescue
  nil
end

out.puts JSON.generate(
  constants: question["constants"].select { |candidates| there?(candidates) },
  rails: question["rails"].select { |name| rails?(name) },
  methods: question["methods"].select { |name| methods[name] },
  active_support: $LOAD_PATH.find { |path| File.file?(File.join(path, "active_support.rb")) },
  adapter: adapter
)
out.flush
exit!(0)
