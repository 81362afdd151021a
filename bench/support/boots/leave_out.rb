# frozen_string_literal: true

# Leaves the gems and railties named in LEAVE_OUT out of the boot that follows, as the gem's enforcement
# does: Bundler.require does not require the gem, the list of railties does not name the railtie.
# Everything else is the app's own boot.
module LeaveOut
  NAMES = ENV.fetch("LEAVE_OUT", "").split(",")
  LISTS = %r{/(?:config/application|rails/all)\.rb\z}

  # Only top-level code of the two lists of railties is answered; every other require is the program's own.
  def self.skip?(name, caller_path)
    NAMES.include?(name.to_s) && LISTS.match?(caller_path)
  end

  def self.prepare
    Bundler.load.dependencies.each do |dependency|
      dependency.instance_variable_set(:@autorequire, []) if NAMES.include?(dependency.name)
    end
    TOPLEVEL_BINDING.receiver.define_singleton_method(:require) do |name|
      next false if NAMES.any? && LeaveOut.skip?(name, caller_locations(1, 1).first.path)
      super(name)
    end
  end
end
