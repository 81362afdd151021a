# frozen_string_literal: true

class ApplicationController < ActionController::Base
  before_action :remember_visitor

  helper_method :current_event

  private

  def current_event
    @current_event ||= Event.current
  end

  def remember_visitor
    cookies.encrypted[:visitor] ||= SecureRandom.hex(8)
  end
end
